"""The verb of retention: what is older than the settings say is let go, and counted."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import NewsletterError
from newsletter.project.mailbook import MailBook
from newsletter.settings import seconds

if TYPE_CHECKING:
    from newsletter.model import Horizons, Purge
    from newsletter.ports.retention import RetentionStore


class RetentionRoom(MailBook):
    """What is kept, and for how long."""

    @cached_property
    def retention(self) -> RetentionStore:
        from newsletter.store.retention import SqlRetentionStore

        return SqlRetentionStore(self._engine)

    def horizons(self) -> Horizons:
        """What is older than that is let go."""
        from newsletter.model import Horizons

        kept, now = self.settings.retention, self.now()
        names = Horizons.__dataclass_fields__
        return Horizons(**{name: now - timedelta(seconds=seconds(getattr(kept, name))) for name in names})

    def purge(self, *, dry_run: bool = False) -> Purge:
        """Let go what is older than the settings say; a dry run counts the same and lets nothing go."""
        from newsletter.model import Purge

        store, past, now = self.retention, self.horizons(), self.now()
        # In this order a dry run counts the same: words before the rows they stand in, proofs before their people.
        purge = Purge(
            answers=store.forget_answers(before=past.bounces, dry_run=dry_run),
            deliveries=store.empty_ledgers(before=past.ledger, now=now, dry_run=dry_run),
            proofs=store.forget_proofs(before=past.ledger, dry_run=dry_run),
            bounces=store.forget_bounces(before=past.bounces, dry_run=dry_run),
            consents=store.forget_consents(before=past.consents, dry_run=dry_run),
            people=store.forget_people(before=past.consents, now=now, dry_run=dry_run),
            remarks=store.forget_remarks(before=past.logs, dry_run=dry_run),
            rehearsals=self._delete(self.var / "rehearsal", before=past.logs, dry_run=dry_run),
            logs=self._delete(self.var / "errands", before=past.logs, dry_run=dry_run),
            dry_run=dry_run,
        )
        return purge if dry_run else replace(purge, note=self._scrub())

    def _scrub(self) -> str:
        """Leave nothing in the files of the database, unless a mailing would wait for that; why not, or ""."""
        if not self.retention.keeps_old_pages:
            return ""
        try:
            with self.deliveries.sole_sender():
                self.retention.scrub()
        except NewsletterError as error:
            return error.message
        return ""

    def _delete(self, folder: Path, *, before: datetime, dry_run: bool) -> int:
        """Files and folders in a folder of ours in which nothing was written since then."""
        due = [one for one in _inside(folder) if _written_at(one) < before.timestamp()]
        for one in due if not dry_run else ():
            shutil.rmtree(one) if one.is_dir() else one.unlink(missing_ok=True)
        return len(due)


def _inside(folder: Path) -> Iterator[Path]:
    """What a folder holds; nothing when there is none."""
    return folder.iterdir() if folder.is_dir() else iter(())


def _written_at(path: Path) -> float:
    """When something was last written there: a folder is as young as the youngest file in it."""
    return max([path.stat().st_mtime, *(inner.stat().st_mtime for inner in (path.rglob("*") if path.is_dir() else ()))])
