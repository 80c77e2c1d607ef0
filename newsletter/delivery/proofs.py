"""Proofs: test sends to a few people, one after the other, outside any mailing."""

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain, repeat

from newsletter.errors import DeliveryError, PermanentFailure
from newsletter.i18n import _
from newsletter.model import Phase, Prepared, RenderedMail, Reply
from newsletter.ports import Transport

#: Where the visible letter begins: after the body's tag, and after the preheader that hides behind it.
_BEGINNING = re.compile(r"<body\b[^>]*>(?:\s*<div[^>]*display:\s*none[^>]*>.*?</div>)?", re.DOTALL | re.IGNORECASE)
_BANNER = (
    '<div role="note" style="padding:10px 16px;background:#f6e9cb;color:#744c00;'
    'font:600 15px/1.4 Helvetica,Arial,sans-serif;text-align:center">{words}</div>'
)


@dataclass(frozen=True, kw_only=True)
class ProofSent:
    """What the server answered for one address of a proof."""

    email: str
    reply: Reply

    @property
    def taken(self) -> bool:
        """True when the server took responsibility for it."""
        return self.reply.phase is Phase.DOT and self.reply.code // 100 == 2


def marked(mail: RenderedMail, *, number: int) -> RenderedMail:
    """The number in front of the subject: no two proofs share one, so no mail program threads them."""
    return replace(mail, subject=_("[Proof {number}] {subject}", number=number, subject=mail.subject))


def with_banner(mail: RenderedMail, *, number: int) -> RenderedMail:
    """A line on top that says what this is, in the HTML and in the text; the inbox still shows the preheader."""
    words = _("Proof {number}, to be read and corrected: the letter has not left yet.", number=number)
    begun = _BEGINNING.search(mail.html)
    place = begun.end() if begun else 0
    banner = _BANNER.format(words=html.escape(words))
    return replace(mail, html=mail.html[:place] + banner + mail.html[place:], text=f"*** {words} ***\n\n{mail.text}")


async def send_proofs(transport: Transport, messages: Sequence[Prepared]) -> list[ProofSent]:
    """Hand over each message; one refusal does not stop the others. Raises DeliveryError when none can leave."""
    connection = await transport.connect()
    envelope = _Envelope(messages)
    try:
        await connection.carry(envelope)
    except DeliveryError:
        if not envelope.replies:
            raise
    finally:
        await connection.close()
    lost = Reply(phase=Phase.CONNECT, code=0)
    replies = chain(envelope.replies, repeat(lost))
    return [ProofSent(email=message.recipient, reply=reply) for message, reply in zip(messages, replies, strict=False)]


class _Envelope:
    """A few messages in their order: a bag without a journal, for whoever sends a proof sees what came of it."""

    def __init__(self, messages: Sequence[Prepared]) -> None:
        self._waiting = iter(messages)
        self.replies: list[Reply] = []

    def take(self) -> Prepared | None:
        return next(self._waiting, None)

    def look_ahead(self) -> Prepared | None:
        return None

    def refuse(self, error: PermanentFailure) -> None:
        raise error

    def release(self) -> None:
        pass

    def settle(self, reply: Reply) -> bool:
        self.replies.append(reply)
        return True
