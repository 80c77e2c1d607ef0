"""The command line: one file per group of commands."""

import sys


def main() -> None:
    """The `newsletter` command: set the language first, since every help text is made as its command is declared."""
    from newsletter.i18n import preferred, set_language

    set_language(_asked_language(sys.argv[1:]) or preferred())
    from newsletter.cli.app import run

    sys.exit(run(sys.argv[1:]))


def _asked_language(arguments: list[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return None
