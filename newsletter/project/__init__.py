"""The corridor between the departments: opens a project folder, wires the ports, one short method per verb.

Heavy rooms (the store, the renderer, the mail server) are imported by the verb that needs them, so that
`newsletter --help` and `newsletter articles` pay for neither; and a door is opened when somebody asks for what is
behind it (PEP 562), so that `newsletter build` needs no room but the newsroom.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.project.house import Project
    from newsletter.project.mailroom import Orders, Plan, Run
    from newsletter.project.newsroom import Newsroom, Preview, Proofread
    from newsletter.project.sample import create_project

__all__ = ["Newsroom", "Orders", "Plan", "Preview", "Project", "Proofread", "Run", "create_project"]

_DOORS = {
    "house": ("Project",),
    "mailroom": ("Orders", "Plan", "Run"),
    "newsroom": ("Newsroom", "Preview", "Proofread"),
    "sample": ("create_project",),
}


def __getattr__(name: str) -> object:
    for room, names in _DOORS.items():
        if name in names:
            return globals().setdefault(name, getattr(import_module(f"{__name__}.{room}"), name))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
