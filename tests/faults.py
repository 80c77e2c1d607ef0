"""What goes wrong at the misbehaving mail server."""

import re
from dataclasses import dataclass, field


@dataclass(kw_only=True)
class Fault:
    """What goes wrong, where, for whom, and how often.

    `does` is a reply (`450 4.2.0 later`) or one of `drop` (close the connection), `stall` (say nothing more), `drip`
    (an endless reply, a byte at a time), `garbage`, `huge` (a very long reply that means yes). At DOT, `keep+…` takes
    responsibility for the message first. `BODY` strikes in the middle of the content.
    """

    at: str
    does: str
    #: Regular expression on the recipient (from RCPT on).
    who: str = ""
    #: So many times in all; 0 is for ever.
    times: int = 0
    #: Only after that many occasions.
    after: int = 0
    #: Once for each recipient.
    once_each: bool = False
    _seen: int = 0
    _struck: int = 0
    _met: set[str] = field(default_factory=set)

    def strikes(self, at: str, recipient: str) -> bool:
        if at != self.at or (self.who and not re.search(self.who, recipient)):
            return False
        self._seen += 1
        if self._seen <= self.after or (self.times and self._struck >= self.times):
            return False
        if self.once_each and recipient in self._met:
            return False
        self._met.add(recipient)
        self._struck += 1
        return True
