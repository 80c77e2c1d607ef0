"""The application: global options, groups of commands, and how every error becomes one line and an exit code."""

import sys
import traceback
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from newsletter import __version__
from newsletter.cli.console import EXIT_ERROR, EXIT_USAGE, print_error
from newsletter.cli.plain_values import use_plain_values
from newsletter.cli.state import State
from newsletter.errors import NewsletterError, UsageError
from newsletter.i18n import LANGUAGES, _
from newsletter.mistakes import system_reason

#: The modules that declare commands, in the order of the help page.
_GROUPS = (
    "operating",
    "composing",
    "proofing",
    "mailing",
    "timetable",
    "subscribing",
    "returning",
    "purging",
    "choosing",
    "signing",
    "checkup",
)
#: Commands that `composing` declares: a process that runs one does without all others.
_NEWSROOM = frozenset(("articles", "new", "build", "check", "layouts", "preview"))


def _show_version(asked: bool) -> None:
    if asked:
        typer.echo(f"newsletter {__version__}")
        raise typer.Exit


def options(
    context: typer.Context,
    project: Annotated[
        Path, typer.Option(help=_("project folder"), envvar="NEWSLETTER_PROJECT", file_okay=False)
    ] = Path(),
    debug: Annotated[bool, typer.Option("--debug", help=_("show where an error comes from"))] = False,
    lang: Annotated[str, typer.Option(help=_("language of the sentences: fr or en"), show_default=False)] = "",
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help=_("print the version"))
    ] = False,
) -> None:
    """Options of every command."""
    if lang and lang.split("-")[0] not in LANGUAGES:
        raise UsageError(_("no language {name}", name=lang), hint=_("known: {names}", names=", ".join(LANGUAGES)))
    context.obj = State(folder=project, debug=debug)


@cache
def make_app(*groups: str) -> typer.Typer:
    """The application with the commands of these modules; by default of all."""
    app = typer.Typer(
        name="newsletter",
        help=_("Compose, preview, approve and send a magazine's letter."),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(options)
    for group in groups or _GROUPS:
        import_module(f"newsletter.cli.{group}").declare(app)
    return app


def _groups(arguments: Sequence[str]) -> tuple[str, ...]:
    """The modules that the command needs."""
    rest = iter(arguments)
    for argument in rest:
        if argument in ("--project", "--lang"):
            next(rest, None)
        elif not argument.startswith("-"):
            return ("composing",) if argument in _NEWSROOM else ()
    return ()


def is_short(arguments: Sequence[str]) -> bool:
    """True for a command that is over before there is garbage worth looking for."""
    return bool(_groups(arguments))


def run(arguments: list[str]) -> int:
    """Run one command; returns the exit code. No traceback reaches a user who did not ask for it."""
    debug = "--debug" in arguments
    try:
        command = typer.main.get_command(make_app(*_groups(arguments)))
        _speak(command)
        result = command.main(args=arguments, prog_name="newsletter", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except (KeyboardInterrupt, typer.Abort):
        return 130
    except NewsletterError as error:
        if debug:
            traceback.print_exc()
        print_error(error)
        return EXIT_USAGE if isinstance(error, UsageError) else EXIT_ERROR
    except BrokenPipeError:
        sys.stderr.close()
        return EXIT_ERROR
    except typer.Exit as stop:
        return stop.exit_code
    except Exception as error:
        return _unexpected(error, debug=debug)


def _speak(command: Any) -> None:
    """The two sentences of a help page that the command-line library says in English only; and no slow values."""
    help_option = command.get_help_option

    def translated(context: Any) -> Any:
        option = help_option(context)
        option.help = _("show this page")
        use_plain_values(option)
        return option

    def usage(context: Any, formatter: Any) -> None:
        pieces = " ".join(command.collect_usage_pieces(context))
        formatter.write_usage(context.command_path, pieces, prefix=_("Usage:") + " ")

    command.get_help_option, command.format_usage = translated, usage
    use_plain_values(*command.params)
    for child in getattr(command, "commands", {}).values():
        _speak(child)


def _unexpected(error: Exception, *, debug: bool) -> int:
    """A usage error of the command-line library, or a fault of ours: one line all the same."""
    if hasattr(error, "format_message") and hasattr(error, "exit_code"):
        print_error(UsageError(_misuse(error), hint=_("see newsletter --help")))
        return int(error.exit_code)
    if debug:
        traceback.print_exc()
    if isinstance(error, OSError):
        where = str(error.filename) if error.filename else None
        print_error(NewsletterError(system_reason(error), where=where))
        return EXIT_ERROR
    kind = type(error).__name__
    print_error(
        NewsletterError(
            _("this is a fault of the program, not yours ({kind}: {reason})", kind=kind, reason=error),
            hint=_("run it again with --debug and send us what it prints"),
        )
    )
    return EXIT_ERROR


def _misuse(error: Any) -> str:
    """What the command-line library says in English only, in the editor's language."""
    parameter = getattr(error, "param", None)
    name = parameter.get_error_hint().split(" (")[0].strip("'") if parameter else ""
    match type(error).__name__:
        case "NoSuchOption":
            return _("there is no option {name}", name=error.option_name)
        case "MissingParameter":
            return _("{name} is missing", name=name or error.param_hint)
        case "BadParameter" if name:
            return _("{name} does not fit: {reason}", name=name, reason=_value_reason(str(error.message)))
        case _:
            return str(error.format_message())


def _value_reason(message: str) -> str:
    """What the option takes, for the two mistakes that the library explains in English."""
    if "valid integer" in message:
        return _("write a whole number")
    if message.endswith("is a file."):
        return _("it is a file; name a folder")
    return message
