"""How fast messages may leave: how long the next one waits, and what a server that asks to slow down changes."""

import math
import time
from collections.abc import Callable

#: Time spent idle is worth so much of a burst at most: a pause must not be made up for by a flood.
_BURST_SECONDS = 0.1
#: What a ramp begins with.
_FIRST_SHARE = 0.1
#: What comes back of the wanted pace in a minute without a complaint.
_RECOVERY = 0.1
#: Complaints within so many seconds are one: they answer what left before the pace was halved.
_SAME_COMPLAINT_SECONDS = 5.0
#: Messages a second below which no complaint presses the pace.
_SLOWEST = 0.2


class Pace:
    """At most `rate` messages a second and `per_minute` a minute, plus a small burst; 0 is no limit.

    With `ramp_seconds` it begins with a tenth of that, and has all of it after so long.
    """

    def __init__(
        self,
        rate: float = 0,
        *,
        per_minute: float = 0,
        ramp_seconds: float = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        # Spread over the minute and a burst, no minute holds more than it may.
        limits = [rate or math.inf, per_minute / (60 + _BURST_SECONDS) or math.inf]
        self._limit = min(limits) if rate or per_minute else 0.0
        self._ramp_seconds = ramp_seconds
        self._clock = clock
        self._began_at = self._next_at = clock()
        #: The pace at the last complaint, and the one it climbs back to; 0 when there is no complaint to answer.
        self._braked = self._wanted = 0.0
        self._braked_at = -math.inf
        #: True when nobody ever waits.
        self.is_free = not self._limit

    def speed(self) -> float:
        """Messages a second now; 0 is as fast as they are taken."""
        now = self._clock()
        limit = self._limit
        if self._ramp_seconds:
            limit *= min(1.0, _FIRST_SHARE + (1 - _FIRST_SHARE) * (now - self._began_at) / self._ramp_seconds)
        if not self._braked:
            return limit
        recovered = self._braked + _RECOVERY * self._wanted * (now - self._braked_at) / 60
        if recovered >= self._wanted:
            self._braked, self.is_free = 0.0, not self._limit
            return limit
        return min(limit or math.inf, recovered)

    def wait(self) -> float:
        """Seconds until the next place is free; takes none."""
        return 0.0 if self.is_free else max(0.0, self._next_at - self._clock())

    def reserve(self) -> float:
        """Take the next place in the queue; returns the seconds to wait before using it."""
        if self.is_free or not (speed := self.speed()):
            return 0.0
        now = self._clock()
        self._next_at = max(self._next_at, now - _BURST_SECONDS)
        wait = max(0.0, self._next_at - now)
        self._next_at += 1 / speed
        return wait

    def slow_down(self, *, measured: float) -> tuple[float, float] | None:
        """Halve the pace, `measured` messages a second at most; returns it before and after, or None.

        None is for a complaint about what the last halving mends already.
        """
        now = self._clock()
        if now - self._braked_at < _SAME_COMPLAINT_SECONDS:
            return None
        before = min(self.speed() or math.inf, measured)
        after = max(before / 2, min(before, _SLOWEST))
        self._wanted = max(self._wanted if self._braked else 0.0, before)
        self._braked, self._braked_at, self.is_free = after, now, False
        return before, after
