"""A project folder, opened: its settings, its ports, wired once and only when a verb needs them."""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from newsletter.errors import ContentError, SettingsError, UsageError
from newsletter.i18n import _
from newsletter.settings import FILE_NAME, MailingList, Settings, read_settings

if TYPE_CHECKING:
    from newsletter.delivery.message import Identity
    from newsletter.ports import Source
    from newsletter.store.audience import SqlAudienceStore
    from newsletter.store.delivery import SqlDeliveryStore


def utc_now() -> datetime:
    """The present moment, aware."""
    return datetime.now(UTC)


class OpenedProject:
    """A project folder: `newsletter.toml`, its content, its layouts, its database."""

    def __init__(self, folder: Path, settings: Settings, *, now: Callable[[], datetime] = utc_now) -> None:
        self.folder = folder
        self.settings = settings
        self.now = now
        #: Takes a sentence about what goes on in a mailing; whoever opened the project may want to hear it.
        self.tell: Callable[[str], None] = lambda sentence: None

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open the folder; raises SettingsError when it is no project."""
        folder = Path(os.path.realpath(folder))
        return cls(folder, read_settings(folder))

    @property
    def var(self) -> Path:
        """What the program keeps for itself: database, journals, caches, rehearsals. Never in git."""
        return self.folder / "var"

    @cached_property
    def source(self) -> "Source":
        from newsletter.editorial.articles import MarkdownSource

        content = self.settings.content
        return MarkdownSource(
            self.folder / content.articles,
            root=self.folder,
            site=self.settings.site,
            uploads=self.folder / content.uploads,
            cache=self.var / "cache",
        )

    @cached_property
    def _engine(self) -> Any:
        from newsletter.store.engine import open_engine, upgrade

        engine = open_engine(self.settings.store.url, root=self.folder)
        upgrade(engine)
        return engine

    @cached_property
    def audience(self) -> "SqlAudienceStore":
        from newsletter.store.audience import SqlAudienceStore

        return SqlAudienceStore(self._engine)

    @cached_property
    def deliveries(self) -> "SqlDeliveryStore":
        from newsletter.store.delivery import SqlDeliveryStore

        return SqlDeliveryStore(self._engine, lock_folder=self.var)

    def mailing_list(self, list_id: str) -> MailingList:
        """The settings of one list; raises UsageError with the known ones."""
        try:
            return self.settings.lists[list_id]
        except KeyError:
            raise UsageError(
                _("no list {name} in newsletter.toml", name=list_id),
                hint=_("known lists: {names}", names=", ".join(self.settings.lists) or "—"),
            ) from None

    def identity(self, list_id: str) -> "Identity":
        """What every message of a list says of its sender; raises SettingsError at the key that is wrong."""
        from newsletter.delivery.message import Identity

        chosen, leaving = self.mailing_list(list_id), self.settings.delivery.unsubscribe_mailto
        try:
            return Identity.make(
                from_=chosen.from_,
                reply_to=chosen.reply_to,
                list_id=list_id,
                list_title=f"{self.settings.site.title} · {chosen.title}",
                return_path=self.settings.delivery.return_path,
                unsubscribe_mailto=leaving,
            )
        except ContentError as error:
            raise SettingsError(error.message, where=FILE_NAME, hint=error.hint) from None

    def upgrade_database(self) -> None:
        """Bring the database to this version of the program."""
        _ = self._engine
