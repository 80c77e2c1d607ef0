"""Proofs: test sends to a few people, one after the other, outside any mailing."""

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.delivery.sender import Prepared
from newsletter.errors import DeliveryError
from newsletter.model import Phase, Reply
from newsletter.ports import Transport


@dataclass(frozen=True, kw_only=True)
class ProofSent:
    """What the server answered for one address of a proof."""

    email: str
    reply: Reply

    @property
    def taken(self) -> bool:
        """True when the server took responsibility for it."""
        return self.reply.phase is Phase.DOT and self.reply.code // 100 == 2


async def send_proofs(transport: Transport, messages: Sequence[Prepared]) -> list[ProofSent]:
    """Hand over each message; one refusal does not stop the others. Raises DeliveryError when none can leave."""
    connection = await transport.connect()
    sent = []
    try:
        for message in messages:
            reply = await connection.send(
                message.sender, message.recipient, message.content, before_dot=_nothing_to_note
            )
            sent.append(ProofSent(email=message.recipient, reply=reply))
    except DeliveryError:
        if not sent:
            raise
        lost = Reply(phase=Phase.CONNECT, code=0)
        sent += [ProofSent(email=message.recipient, reply=lost) for message in messages[len(sent) :]]
    finally:
        await connection.close()
    return sent


async def _nothing_to_note() -> None:
    """A proof has no journal: whoever sent it sees what came of it."""
