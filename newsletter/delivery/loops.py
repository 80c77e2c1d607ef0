"""Which event loop a mailing runs on: uvloop's where it is installed, the standard library's otherwise."""

import asyncio
from collections.abc import Callable
from importlib.util import find_spec
from typing import Literal

#: `auto`: uvloop if it is installed.
Loop = Literal["auto", "asyncio"]


def loop_factory(loop: Loop) -> Callable[[], asyncio.AbstractEventLoop]:
    """What makes the event loop: with uvloop a message costs about a fifth less processor time."""
    if loop == "auto" and find_spec("uvloop"):
        import uvloop

        return uvloop.new_event_loop
    return asyncio.new_event_loop
