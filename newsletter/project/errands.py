"""Errands: processes of their own that send, so that no mailing ends with the window, or the program, that began it."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import RefusedError
from newsletter.i18n import _, current_language
from newsletter.mistakes import system_reason
from newsletter.model import MailingState
from newsletter.project.timetable import Timetable

if TYPE_CHECKING:
    from newsletter.model import Mailing

#: Bytes of what a process said that can hold why it ended.
_MOST = 4096


class Errands(Timetable):
    """Lets others do the work, and reads what they had to say."""

    def dispatch(self, mailing: Mailing, *, late: bool = False) -> None:
        """Let a process of its own go on with a mailing until it is over; returns at once."""
        flags = ["--late"] if late else []
        self._run("resume", str(mailing.id), "--wait", *flags, words=self._words(mailing.id))

    def keep_timetable(self) -> None:
        """See to it that some process lets mailings leave at their hour; a new one ends when none waits any more."""
        if not self.deliveries.has_worker():
            self._run("worker", "--until-done", words=self._words(0))

    def last_words(self, mailing: Mailing) -> str:
        """Why the process that was to send it ended without sending; "" while it works, or did."""
        waits = mailing.state in (MailingState.SCHEDULED, MailingState.PAUSED) or self.is_interrupted(mailing)
        try:
            said = self._words(mailing.id).read_bytes()[:_MOST].decode(errors="replace").strip()
        except FileNotFoundError:
            return ""
        first, *hint = said.split("\n")
        # An error is one line and perhaps an indented hint; whoever sent says more than that.
        refused = all(line.startswith("  ") for line in hint)
        return first if waits and refused and first != mailing.note else ""

    def _words(self, number: int) -> Path:
        """Where a process writes what it has to say; 0 is the timetable's."""
        return self.var / "errands" / f"{number}.log"

    def _run(self, *command: str, words: Path) -> None:
        """Start one of our own commands in a session of its own: neither a signal here nor our end reaches it."""
        program = [sys.executable, "-m", "newsletter", "--lang", current_language(), "--project", str(self.folder)]
        try:
            words.parent.mkdir(parents=True, exist_ok=True)
            with words.open("wb") as said:
                process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                    [*program, *command],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=said,
                    start_new_session=True,
                    cwd=self.folder,
                )
        except OSError as error:
            reason = system_reason(error)
            raise RefusedError(_("the process that sends cannot start: {reason}", reason=reason)) from None
        # Somebody must hear that it ended, or the system keeps its name for ever.
        threading.Thread(target=process.wait, name=f"errand {process.pid}", daemon=True).start()
