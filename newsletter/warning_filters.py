"""Warnings raised, or ignored, for a while. Python keeps one list of filters for the whole process.

A thread that sets it aside and gives it back does so for every other one: two at once undo each other's, for good. So
whoever of us changes it, or calls a library that does, takes this turn.
"""

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_TURN = threading.RLock()


@contextmanager
def filters_alone() -> Iterator[None]:
    """No other thread that takes its turn changes the filters in here; they are as before afterwards."""
    with _TURN, warnings.catch_warnings():
        yield


@contextmanager
def warnings_raised() -> Iterator[None]:
    """A warning is an error in here."""
    with filters_alone():
        warnings.simplefilter("error")
        yield
