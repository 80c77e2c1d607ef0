"""Whose turn it is: claimed readers in their order, but those of a domain that has had its share wait aside."""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from newsletter.delivery.pace import Pace
from newsletter.model import Reader

#: So many wait aside at most; from then on nobody is claimed until some of them have left.
MOST_PARKED = 10_000

_NO_CAPS: Mapping[str, float] = {}


class Turns:
    """A queue that holds nobody up for a slow domain, and forgets nobody who waits."""

    def __init__(self, caps: Mapping[str, float] = _NO_CAPS, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`caps`: recipient domain in small letters → messages a second."""
        self._ready: deque[Reader] = deque()
        self._paces = {domain: Pace(rate, clock=clock) for domain, rate in caps.items()}
        self._parked: dict[str, deque[Reader]] = {domain: deque() for domain in caps}

    def __len__(self) -> int:
        return len(self._ready) + self._parked_number()

    def __iter__(self) -> Iterator[Reader]:
        for waiting in (self._ready, *self._parked.values()):
            yield from waiting

    def extend(self, readers: Iterable[Reader]) -> None:
        """These come after the others."""
        self._ready.extend(readers)

    def clear(self) -> None:
        """Nobody waits any more."""
        for waiting in (self._ready, *self._parked.values()):
            waiting.clear()

    def remove(self, subscribers: frozenset[int]) -> list[Reader]:
        """Take these people out, wherever they wait."""
        removed = [reader for reader in self if reader.subscriber in subscribers]
        for waiting in (self._ready, *self._parked.values()) if removed else ():
            kept = [reader for reader in waiting if reader.subscriber not in subscribers]
            waiting.clear()
            waiting.extend(kept)
        return removed

    def are_few(self, number: int) -> bool:
        """True when more should be claimed: at most `number` are ready, and not too many wait aside."""
        return len(self._ready) <= number and (not self._parked or self._parked_number() < MOST_PARKED)

    def pop(self) -> Reader | None:
        """Who may leave now; None when nobody is there, or all wait for their domain."""
        if not self._parked:
            return self._ready.popleft() if self._ready else None
        return self._due() or self._passing()

    def upcoming(self, number: int) -> Iterable[Reader]:
        """Up to so many of those who will leave next, unless their domain has had its share."""
        return islice(self._ready, number)

    def wait(self) -> float:
        """Seconds until the first of those aside may leave; 0 when nobody waits aside."""
        return min((self._paces[domain].wait() for domain, waiting in self._parked.items() if waiting), default=0.0)

    def _parked_number(self) -> int:
        return sum(map(len, self._parked.values()))

    def _due(self) -> Reader | None:
        for domain, waiting in self._parked.items():
            if waiting and not self._paces[domain].wait():
                self._paces[domain].reserve()
                return waiting.popleft()
        return None

    def _passing(self) -> Reader | None:
        """The first whose domain has no cap, or has room; the others step aside."""
        while self._ready:
            reader = self._ready.popleft()
            domain = reader.email.rpartition("@")[2].lower()
            pace = self._paces.get(domain)
            if pace is None:
                return reader
            if not pace.wait():
                pace.reserve()
                return reader
            self._parked[domain].append(reader)
        return None
