"""What commands print: results on stdout, everything else on stderr, colours only on a terminal."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import typer

from newsletter.errors import NewsletterError
from newsletter.i18n import N_, _, format_number, ngettext
from newsletter.model import Level

if TYPE_CHECKING:
    from newsletter.model import Counts, Diagnosis, Finding

EXIT_ERROR = 1
EXIT_USAGE = 2
EXIT_FINDINGS = 3
EXIT_UNDELIVERED = 4

#: Values of enums that are shown as they are: marked here, translated by `_(value)` where they are printed.
_WORDS = (
    *(N_("scheduled"), N_("running"), N_("paused"), N_("finished"), N_("cancelled")),
    *(N_("queued"), N_("sending"), N_("sent"), N_("deferred"), N_("failed"), N_("skipped"), N_("uncertain")),
    *(N_("pending"), N_("confirmed"), N_("unsubscribed")),
    *(N_("bounced"), N_("complained"), N_("erased"), N_("asked")),
    # What the command-line library says through gettext itself.
    *(N_("Arguments"), N_("Options"), N_("Commands"), N_("Missing command."), N_("No such command {name!r}.")),
    *(N_("default: {default}"), N_("required"), N_("env var: {var}"), N_("Aborted!")),
)

_COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.INFO: "blue"}


def print_json(value: Any) -> None:
    """One JSON value, readable, UTF-8."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_plain))


def _plain(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)


def say(sentence: str) -> None:
    """A sentence about what happens, on stderr."""
    typer.echo(sentence, err=True)


def print_error(error: NewsletterError) -> None:
    """`file:line: message`, and the hint below it."""
    typer.secho(_one_line(str(error)), fg="red", err=True)
    if error.hint:
        typer.echo(f"  {_one_line(error.hint)}", err=True)


def _one_line(text: str) -> str:
    """Nothing that a file contains may move the cursor or break the line."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def print_finding(finding: "Finding") -> None:
    """Level, place, sentence; the hint below it."""
    level = {Level.ERROR: _("to mend"), Level.WARNING: _("to look at"), Level.INFO: _("to know")}[finding.level]
    place = f"{finding.place}: " if finding.place else ""
    typer.echo(typer.style(f"{level:<12}", fg=_COLOURS[finding.level]) + _one_line(f"{place}{finding.message}"))
    if finding.hint:
        typer.echo(f"{'':12}→ {_one_line(finding.hint)}")


def print_diagnosis(diagnosis: "Diagnosis") -> None:
    """How it stands, the sentence, and what to do below it."""
    from newsletter.model import Health

    words = {Health.OK: _("well"), Health.WARNING: _("to look at"), Health.ERROR: _("to mend")}
    colour = {Health.OK: "green", Health.WARNING: "yellow", Health.ERROR: "red"}[diagnosis.level]
    typer.echo(typer.style(f"{words[diagnosis.level]:<12}", fg=colour) + _one_line(diagnosis.message))
    if diagnosis.hint:
        typer.echo(f"{'':12}→ {_one_line(diagnosis.hint)}")


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[["Counts"], None]]:
    """Shows counts as they change: a bar on a terminal, a plain line every tenth elsewhere."""
    if sys.stderr.isatty():
        with _rich_bar(label) as show:
            yield show
    else:
        yield _plain_lines(label)


@contextmanager
def _rich_bar(label: str) -> Iterator[Callable[["Counts"], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[words]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=None, words="")
        yield lambda counts: bar.update(
            task, total=counts.total, completed=counts.done + counts.deferred, words=counts_in_words(counts)
        )


def _plain_lines(label: str) -> Callable[["Counts"], None]:
    shown = -1

    def show(counts: "Counts") -> None:
        nonlocal shown
        tenth = 10 * (counts.done + counts.deferred) // max(counts.total, 1)
        if tenth != shown:
            shown = tenth
            say(f"{label} {counts.done + counts.deferred}/{counts.total}, {counts_in_words(counts)}")

    return show


def counts_in_words(counts: "Counts", *, sent: bool = True) -> str:
    """« 58 remis, 1 différé, 1 incertain »: what is not zero; what was handed over always, unless it is said apart."""
    words = [
        ngettext("{n} handed over", "{n} handed over", counts.sent) if sent else "",
        ngettext("{n} deferred", "{n} deferred", counts.deferred) if counts.deferred else "",
        ngettext("{n} failed", "{n} failed", counts.failed) if counts.failed else "",
        ngettext("{n} uncertain", "{n} uncertain", counts.uncertain) if counts.uncertain else "",
        ngettext("{n} skipped", "{n} skipped", counts.skipped) if counts.skipped else "",
        _("{n} waiting", n=format_number(counts.queued + counts.sending)) if counts.queued + counts.sending else "",
    ]
    return ", ".join(filter(None, words))
