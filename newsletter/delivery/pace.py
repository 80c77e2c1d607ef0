"""How fast messages may leave: a token bucket that says how long to wait."""

import time
from collections.abc import Callable


class Pace:
    """At most `rate` messages a second over any length of time, plus a small burst; 0 is no limit."""

    def __init__(self, rate: float, *, burst_seconds: float = 0.1, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._burst_seconds = burst_seconds
        self._clock = clock
        self._next_at = clock()

    @property
    def is_free(self) -> bool:
        """True when nobody ever waits."""
        return not self._interval

    def reserve(self) -> float:
        """Take the next place in the queue; returns the seconds to wait before using it."""
        if not self._interval:
            return 0.0
        now = self._clock()
        # Time spent idle is worth a burst at most: a pause must not be made up for by a flood.
        self._next_at = max(self._next_at, now - self._burst_seconds)
        wait = max(0.0, self._next_at - now)
        self._next_at += self._interval
        return wait
