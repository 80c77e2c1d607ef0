"""The errors a user can meet, one tree:

    NewsletterError
    ├── ContentError            an article, an issue or an import file is wrong   (editor)
    │   ├── UnknownArticle      there is no article of that path
    │   └── Unwritable          the disk refuses the file
    ├── LayoutError             a layout package is wrong                         (designer)
    ├── SettingsError           newsletter.toml or the environment is wrong       (operator)
    ├── UsageError              the command was called wrongly                    (exit code 2)
    ├── RefusedError            a rule of the house says no: not approved, already running …
    │   ├── BusyError           another process does it at this moment
    │   └── ChangedMeanwhile    the file is no longer the one that the change was made for
    ├── StoreError              the database cannot be used
    └── DeliveryError           the mail server cannot be used
        ├── TemporaryFailure    try again later
        ├── PermanentFailure    trying again will not help
        └── LostConnection      it broke in the middle of a conversation

Each carries one sentence, where it happened, and how to mend it. A library's own error is translated at the one
call that raises it. A finding (`model.Finding`) is never an exception.
"""

from typing import TYPE_CHECKING

from newsletter.i18n import _
from newsletter.model import Place

if TYPE_CHECKING:
    from newsletter.model import Phase


class NewsletterError(Exception):
    """Anything a user must read: one translated sentence, a place, a hint."""

    def __init__(self, message: str, *, where: Place | str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = Place(file=where) if isinstance(where, str) else where
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class ContentError(NewsletterError):
    """An article, an issue or an import file cannot be read or used."""


class UnknownArticle(ContentError):  # noqa: N818 - what it is, in the words of the newsroom
    """There is no article of that path."""


class Unwritable(ContentError):  # noqa: N818 - what it is
    """The disk refuses a file of the newsroom; `reason` says why, in the reader's language."""

    def __init__(self, reason: str, *, where: str) -> None:
        super().__init__(_("cannot be written: {reason}", reason=reason), where=where)
        self.reason = reason


class LayoutError(NewsletterError):
    """A layout package cannot be read or rendered."""


class SettingsError(NewsletterError):
    """`newsletter.toml` or the environment is wrong."""


class UsageError(NewsletterError):
    """The command was called wrongly: a name that does not exist, options that do not go together."""


class RefusedError(NewsletterError):
    """A rule of the house says no: not approved, already running, already sent."""


class BusyError(RefusedError):
    """Another process is doing it at this moment: it will be possible later."""


class ChangedMeanwhile(RefusedError):  # noqa: N818 - what it is, in the words of the newsroom
    """A file changed on disk since it was read; `version` is what it is now, `changed_at` since when."""

    def __init__(self, where: str, *, version: str, changed_at: float) -> None:
        hint = _("reload the page, then make your change again")
        super().__init__(_("the file changed on disk since you opened it"), where=where, hint=hint)
        #: Hex digest of its bytes, or of what it says of one thing.
        self.version = version
        #: Seconds since the epoch.
        self.changed_at = changed_at


class StoreError(NewsletterError):
    """The database cannot be opened, read or written."""


class DeliveryError(NewsletterError):
    """The mail server cannot be used."""


class TemporaryFailure(DeliveryError):  # noqa: N818 - the trade's own word
    """It may work later: no connection, a 4xx."""


class PermanentFailure(DeliveryError):  # noqa: N818 - the trade's own word
    """Trying again will not help: a wrong password, a 5xx to everybody, no TLS."""


class LostConnection(DeliveryError):  # noqa: N818 - the trade's own word
    """The connection broke, or the server said 421.

    `phase` is the step that waited for its answer; only in `Phase.DOT` is the message's fate unknown, unless
    `answered` is True: then the 421 itself was the answer to the final dot.
    """

    def __init__(self, message: str, *, phase: "Phase", answered: bool = False) -> None:
        super().__init__(message)
        self.phase = phase
        self.answered = answered
