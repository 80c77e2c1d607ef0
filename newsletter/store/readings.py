"""What was read before it leaves, on SQL: proofs, approvals, and the mails as they were then."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime

from sqlalchemy import Engine, func, insert, select

from newsletter.model import Approval, ProofRecord, RenderedMail
from newsletter.store.freezing import as_mail
from newsletter.store.tables import approvals, kept_mails, proofs
from newsletter.store.transactions import reading, writing


class SqlReadingStore:
    """A part of port DeliveryStore; each method's contract stands there."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def save_approval(self, approval: Approval) -> None:
        """Append; the last one of an issue counts, for each readership."""
        values = {field.name: getattr(approval, field.name) for field in fields(Approval)}
        values |= {"parts": dict(approval.parts), "approved_text": dict(approval.approved_text)}
        with writing(self._engine) as connection:
            connection.execute(insert(approvals).values(values))

    def approvals(self, issue: str) -> Sequence[Approval]:
        """Every approval of an issue, newest first."""
        columns = [approvals.c[field.name] for field in fields(Approval)]
        query = select(*columns).where(approvals.c.issue == issue).order_by(approvals.c.id.desc())
        with reading(self._engine) as connection:
            return [Approval(**row._asdict()) for row in connection.execute(query)]

    def keep_mail(self, mail: RenderedMail) -> None:
        """Keep a mail as somebody reads it now; keeping it twice is keeping it once."""
        known = select(kept_mails.c.sha256).where(kept_mails.c.issue == mail.issue, kept_mails.c.sha256 == mail.sha256)
        with writing(self._engine, alone="proofs") as connection:
            if not connection.execute(known).first():
                connection.execute(insert(kept_mails).values(asdict(mail)))

    def kept_mail(self, issue: str, sha256: str) -> RenderedMail | None:
        """A mail that was kept, or None."""
        query = select(kept_mails).where(kept_mails.c.issue == issue, kept_mails.c.sha256 == sha256)
        with reading(self._engine) as connection:
            row = connection.execute(query).first()
        return as_mail(row) if row else None

    def save_proof(self, issue: str, *, sha256: str, to: Sequence[str], at: datetime) -> int:
        """Record a test send; returns its number within the issue."""
        earlier = select(func.coalesce(func.max(proofs.c.number), 0)).where(proofs.c.issue == issue)
        with writing(self._engine, alone="proofs") as connection:
            number: int = connection.execute(earlier).scalar_one() + 1
            values = {"issue": issue, "number": number, "sha256": sha256, "to": list(to), "at": at}
            connection.execute(insert(proofs).values(values))
        return number

    def proofs(self, issue: str) -> Sequence[ProofRecord]:
        """The test sends of an issue, newest first."""
        columns = [proofs.c[field.name] for field in fields(ProofRecord)]
        query = select(*columns).where(proofs.c.issue == issue).order_by(proofs.c.number.desc())
        with reading(self._engine) as connection:
            rows = [row._asdict() for row in connection.execute(query)]
        return [ProofRecord(**row | {"to": tuple(row["to"])}) for row in rows]
