"""The command line: one file per group of commands."""

import gc
import gettext
import os
import sys
from importlib import import_module

#: Objects made before the garbage collector looks at them, and how often it looks at the older ones. Python's own
#: figures have it search a hundred thousand objects of modules, again and again, while a command starts.
_YOUNG, _OLD, _OLDEST = 50_000, 20, 50


def main() -> None:
    """The `newsletter` command: set the language first, since every help text is made as its command is declared."""
    from newsletter.i18n import CATALOGUES, preferred, set_language, supported
    from newsletter.lean import kept_out

    gc.set_threshold(_YOUNG, _OLD, _OLDEST)
    language = supported(_asked_language(sys.argv[1:]) or "") or preferred()
    set_language(language)
    # The command-line library asks the C library's gettext: show it our catalogue.
    gettext.bindtextdomain("messages", str(CATALOGUES))
    os.environ["LANGUAGE"] = language
    try:
        with kept_out("subprocess"):  # to open addresses and to install completions
            import_module("typer")
        from newsletter.cli.app import is_short, run

        if is_short(sys.argv[1:]):
            gc.disable()
        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:  # Ctrl-C before the command itself listens
        sys.exit(130)


def _asked_language(arguments: list[str]) -> str | None:
    for position, argument in enumerate(arguments):
        if argument == "--lang" and position + 1 < len(arguments):
            return arguments[position + 1]
        if argument.startswith("--lang="):
            return argument.removeprefix("--lang=")
    return None
