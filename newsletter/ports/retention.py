"""The boundary of retention: what the store lets go when it is old enough."""

from datetime import datetime
from typing import Protocol


class RetentionStore(Protocol):
    """Each method says how many it let go, or with `dry_run` would, and works by the page: a transaction each, short
    enough for a mailing to go on beside it; stopped in the middle, the next call does the rest. Times are aware."""

    def empty_ledgers(self, *, before: datetime, now: datetime, dry_run: bool) -> int:
        """Forget the addresses and answers of mailings that were over before that moment; one with an uncertain
        delivery waits until somebody decides. The rows stay: nobody gets an issue twice, and every count is as it was.
        """
        ...

    def forget_proofs(self, *, before: datetime, dry_run: bool) -> int:
        """Forget to whom tests were sent; that they were stays."""
        ...

    def forget_answers(self, *, before: datetime, dry_run: bool) -> int:
        """Forget the words with which servers refused, in mailings that were over before; the codes stay."""
        ...

    def forget_bounces(self, *, before: datetime, dry_run: bool) -> int:
        """Forget failures that came back; suppressions and complaints stay."""
        ...

    def forget_consents(self, *, before: datetime, dry_run: bool) -> int:
        """Forget the proofs of subscriptions that ended before; that they ended stays."""
        ...

    def forget_people(self, *, before: datetime, now: datetime, dry_run: bool) -> int:
        """Erase those whose every subscription ended before, or who were suppressed before; no import brings them
        back."""
        ...

    def forget_remarks(self, *, before: datetime, dry_run: bool) -> int:
        """Take the addresses out of what the logs of mailings say."""
        ...

    @property
    def keeps_old_pages(self) -> bool:
        """True when what was forgotten can still be read in the files of the database until `scrub`."""
        ...

    def scrub(self) -> None:
        """Write these files anew. Whoever writes waits for it: not while a mailing runs."""
        ...
