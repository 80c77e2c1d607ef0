"""The proof room's verbs: test sends, and the bon à tirer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import ContentError, RefusedError, UsageError
from newsletter.i18n import _, ngettext
from newsletter.model import Finding, Issue, Level, Reader, Readership, RenderedMail
from newsletter.project.approvals import ApprovalRoom, Standing
from newsletter.project.newsroom import SAMPLE_READER, Preview
from newsletter.project.signing import SealRoom
from newsletter.settings import SmtpServer

if TYPE_CHECKING:
    from newsletter.delivery.approval import Audience
    from newsletter.delivery.proofs import ProofSent
    from newsletter.delivery.rehearsal import Received
    from newsletter.editorial.render import RenderedBlock
    from newsletter.model import Approval, AudienceChange, Prepared, ProofRecord


class ProofRoom(ApprovalRoom, SealRoom):
    """Between the newsroom and the mailroom: nothing leaves for everybody before it was read and approved."""

    def approve(
        self, issue: Issue, *, by: str, despite: str = "", readers: Readership | None = None, seen: str = ""
    ) -> Approval:
        """Record the approval of these exact bytes and people; refused while findings of level error stand.

        `seen` is the `Standing.sha256` of what the person read: another one by now is refused too.
        """
        from newsletter.delivery.approval import make_approval

        readers = readers or Readership.whole(issue.list)
        rendering = self.render(issue, readers.list)
        errors = [finding for finding in self._remarks(issue, rendering) if finding.level is Level.ERROR]
        if errors and not despite:
            raise _refusal(issue, errors)
        approval = make_approval(
            rendering.mail,
            self._audience(readers),
            by=by,
            at=self.now(),
            despite=despite if errors else "",
        )
        if seen and approval.sha256 != seen:
            raise RefusedError(
                _("the issue or its readers changed while you were reading"),
                hint=_("nothing was approved: read it as it is now, then approve it"),
            )
        self.deliveries.keep_mail(rendering.mail)
        self.deliveries.save_approval(approval)
        return approval

    def standing(self, mail: RenderedMail, readers: Readership) -> Standing:
        """The bon à tirer of a mail for these readers, what changed since, and what a new one would hold for."""
        from newsletter.delivery.approval import changed_parts, last_for, others_of

        audience = self._audience(readers)
        approval = last_for(self.deliveries.approvals(mail.issue), audience)

        def judge(approval: Approval) -> Mapping[str, str]:
            return changed_parts(approval, mail, audience, change=self._moves(approval, readers, audience))

        return Standing(
            approval=approval,
            judge=judge,
            mail=mail,
            audience=audience,
            others=others_of(approval, audience) if approval else "",
        )

    def approval(self, mail: RenderedMail, readers: Readership) -> tuple[Approval | None, tuple[str, ...]]:
        """The last approval of the mail's issue for these readers, and what changed since: nothing while it holds."""
        from newsletter.delivery.approval import changes_since, last_for

        audience = self._audience(readers)
        approval = last_for(self.deliveries.approvals(mail.issue), audience)
        if approval is None:
            return None, ()
        change = self._moves(approval, readers, audience)
        return approval, tuple(changes_since(approval, mail, audience, change=change))

    def _moves(self, approval: Approval, readers: Readership, audience: Audience) -> AudienceChange:
        """How they moved since it was given; when that was for others, nobody is counted."""
        from newsletter.delivery.approval import others_of
        from newsletter.model import AudienceChange

        if others_of(approval, audience):
            return AudienceChange(joined=0, left=0)
        return self._change(readers, approval.at)

    def edition(self, issue: Issue, variant: str) -> tuple[Preview, tuple[RenderedBlock, ...]]:
        """The letter for `members`, or to `all`, whatever the issue's list: the mail, and where its blocks are."""
        rendering = self.render(issue, variant=variant)
        return self._filled(rendering.mail), rendering.blocks

    def ignore(self, issue: Issue, code: str, *, reason: str) -> None:
        """Keep in the issue's file why its remarks of this code are ignored; an empty reason takes that back.

        Undone like every act. Raises RefusedError for a remark that protects the readers.
        """
        from newsletter.editorial.ignoring import ignore

        path = self.folder / issue.file
        with self._editing:
            before = self._read(path)
            ignore(path, code, reason=reason)
            self._kept(path, before)

    def picture_size(self, address: str) -> int | None:
        """Bytes of a picture that a letter shows; None when it is not on this machine."""
        copy = self.copies.find(address.removeprefix(f"{self.settings.copies_url}/"))
        return copy.stat().st_size if copy else self.gallery.resolve(address).size

    def seen_by(self, mail: RenderedMail, email: str) -> Preview:
        """A mail as one subscriber would get it; raises UsageError when nobody has that address."""
        if self.audience.find(email) is None:
            raise UsageError(_("nobody has the address {email}", email=email))
        return self._filled(mail, self._proof_reader(email, 0))

    def proof(
        self,
        issue: Issue,
        to: Sequence[str],
        *,
        plain: bool = False,
        banner: bool = False,
        rehearsal: bool = False,
    ) -> tuple[int, list[ProofSent]]:
        """Send a test to anybody; returns its number and what the server answered for each address.

        Its subject is marked unless `plain`; with a `banner`, a line on top of the letter says what it is.
        """
        import asyncio

        from newsletter.delivery.proofs import marked, send_proofs, with_banner
        from newsletter.delivery.transports.smtp import SmtpTransport

        addresses = list(dict.fromkeys(map(_clean, to)))
        mail = self.render(issue).mail
        self.deliveries.keep_mail(mail)
        number = self.deliveries.save_proof(issue.id, sha256=mail.sha256, to=addresses, at=self.now())
        mail = mail if plain else marked(mail, number=number)
        mail = with_banner(mail, number=number) if banner else mail
        messages = self._proof_messages(issue, mail, addresses, number=number)
        with self._servers(self.var / "rehearsal" / "proofs" if rehearsal else None) as servers:
            first = next(iter(servers.values()))
            return number, asyncio.run(send_proofs(SmtpTransport(first), messages))

    def _proof_messages(
        self, issue: Issue, mail: RenderedMail, addresses: Sequence[str], *, number: int
    ) -> list[Prepared]:
        from newsletter.delivery.personalize import Pages, compile_mail
        from newsletter.model import Prepared

        base = self.settings.public.url
        compiled = compile_mail(
            mail,
            identity=self.identity(issue.list),
            mailing_key=f"proof/{issue.id}/{number}",
            date=self.now().astimezone(self.settings.site.zone),
            secret=self.deliveries.secret(),
            pages=Pages(web=f"{base}/v/", leave=f"{base}/u/"),
            seal=self._seal(),
        )
        readers = [self._proof_reader(address, place) for place, address in enumerate(addresses)]
        return [
            Prepared(
                sender=compiled.envelope_sender(reader),
                recipient=reader.email,
                content=compiled.message(reader, token=""),
            )
            for reader in readers
        ]

    def _proof_reader(self, address: str, place: int) -> Reader:
        """A subscriber sees their own name in a proof, anybody else the sample reader's."""
        person = self.audience.find(address)
        fields = (
            {**person.fields, "first_name": person.first_name, "last_name": person.last_name}
            if person
            else SAMPLE_READER.fields
        )
        return Reader(delivery=place, subscriber=place, subscription=0, email=address, fields=fields)

    def proofs(self, issue: Issue) -> Sequence[ProofRecord]:
        """The test sends of an issue, newest first."""
        return self.deliveries.proofs(issue.id)

    @property
    def _groups_file(self) -> Path:
        from newsletter.audience.proofreaders import FILE_NAME

        return self.folder / FILE_NAME

    def proofreaders(self) -> Mapping[str, tuple[str, ...]]:
        """The saved groups: name → addresses; raises ContentError at the line that is wrong."""
        from newsletter.audience.proofreaders import read_groups

        return read_groups(self._groups_file)

    def proofreaders_of(self, name: str) -> tuple[str, ...]:
        """The addresses of one group, letter case ignored; raises UsageError with the known ones."""
        groups = self.proofreaders()
        found = next((groups[known] for known in groups if known.casefold() == name.casefold()), None)
        if found is None:
            raise UsageError(
                _("no group of proofreaders is called {name}", name=name),
                hint=_("known groups: {names}", names=", ".join(groups) or "—"),
            )
        return found

    def save_proofreaders(self, name: str, addresses: Sequence[str]) -> None:
        """Keep a group, or forget it when nobody is in it; raises ContentError for what is no address."""
        from newsletter.audience.proofreaders import clean_group, write_groups

        groups = dict(self.proofreaders())
        if addresses:
            name, cleaned = clean_group(name, addresses)
            groups[name] = cleaned
        else:
            groups.pop(name, None)
        write_groups(self._groups_file, groups)

    @contextmanager
    def _servers(self, rehearsal: Path | None) -> Iterator[dict[str, SmtpServer]]:
        """The relays of the settings, by name; or, for a rehearsal, one on this machine that keeps what it receives."""
        if rehearsal is None:
            yield self.settings.smtp.servers
            return
        from newsletter.delivery.rehearsal import RehearsalServer

        with RehearsalServer(rehearsal) as server:
            yield server.settings.servers

    def rehearsal_folder(self, mailing_id: int) -> Path:
        """Where the loopback server keeps what it received."""
        return self.var / "rehearsal" / str(mailing_id)

    def rehearsed(self, mailing_id: int) -> Received:
        """What arrived in a rehearsal, in order."""
        from newsletter.delivery.rehearsal import Received

        return Received(self.rehearsal_folder(mailing_id))

    def rehearsed_message(self, mailing_id: int, name: str) -> bytes:
        """One received message, byte for byte; raises UsageError when there is none of that name."""
        if name not in self.rehearsed(mailing_id).names:
            raise UsageError(_("no message {name} in rehearsal {id}", name=name, id=mailing_id))
        return (self.rehearsal_folder(mailing_id) / name).read_bytes()


def _clean(address: str) -> str:
    """The address, cleaned; of several the error says which one is wrong."""
    from newsletter.audience.addresses import clean_address

    try:
        return clean_address(address)
    except ContentError as error:
        raise ContentError(_("“{address}”: {reason}", address=address, reason=error.message)) from error


def _refusal(issue: Issue, errors: Sequence[Finding]) -> RefusedError:
    return RefusedError(
        ngettext(
            "{n} remark of level error stands: {first}",
            "{n} remarks of level error stand, the first one: {first}",
            len(errors),
            first=errors[0].message,
        ),
        where=errors[0].place,
        hint=_("mend it (newsletter check {issue}), or say why with --despite", issue=issue.id),
    )
