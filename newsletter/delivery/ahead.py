"""Messages made a few at a time, ahead of their turn.

What is made in one go costs half of what it costs between two looks at the network, which empty the processor's caches.
"""

from collections.abc import Callable, Iterable

from newsletter.model import Prepared, Reader

#: Readers whose messages are made in one go: for a fraction of a millisecond, ten when signed, nothing else happens.
BATCH = 16


MakeMessage = Callable[[Reader], Prepared]


class Ahead:
    """Makes the message of whoever's turn it is, and with it those of the next ones."""

    def __init__(self, make: MakeMessage, upcoming: Callable[[int], Iterable[Reader]]) -> None:
        """`upcoming` names so many readers, or fewer, whose turn is likely to come next."""
        self._make = make
        self._upcoming = upcoming
        #: By delivery; the reader is kept because the next claim may know other things of the same person.
        self._made: dict[int, tuple[Reader, Prepared | Exception]] = {}

    def message(self, reader: Reader, *, batch: int = BATCH) -> Prepared:
        """The reader's message; raises whatever kept it from being made."""
        known, made = self._made.pop(reader.delivery, (None, None))
        if made is None or known is not reader:
            made = self._attempt(reader)
            self._made = {one.delivery: self._kept(one) for one in self._upcoming(batch - 1)}
        if isinstance(made, Exception):
            raise made
        return made

    def _kept(self, reader: Reader) -> tuple[Reader, Prepared | Exception]:
        known = self._made.get(reader.delivery)
        return known if known and known[0] is reader else (reader, self._attempt(reader))

    def _attempt(self, reader: Reader) -> Prepared | Exception:
        try:
            return self._make(reader)
        except Exception as error:
            # It concerns this reader alone, and is told when the turn comes.
            return error
