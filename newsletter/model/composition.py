"""An issue as the composing page shows it: every block with its controls, every article with the reason why."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.model.issues import Article, Block, Issue
from newsletter.model.layouts import BlockType, Layout, Parameter
from newsletter.model.selection import Reason


@dataclass(frozen=True, kw_only=True)
class Control:
    """A declared parameter with what it holds."""

    parameter: Parameter
    #: As a field shows it; "" when nothing gives a value.
    shown: str
    #: What it would show if the block, or the issue, said nothing.
    inherited: str
    #: True when the block, or the issue, says it.
    said: bool
    #: Which level gives what is shown: `block article issue settings layout`.
    origin: str
    #: What is wrong with what is said, one translated sentence; "" when it fits.
    mistake: str = ""


@dataclass(frozen=True, kw_only=True)
class ComposedBlock:
    """One block of the issue."""

    block: Block
    #: None when the layout knows no such kind.
    type: BlockType | None
    #: None for a block without one, or whose article is missing or unreadable.
    article: Article | None
    #: What it is called in a list: its title, or the first words that it says, or its kind.
    title: str
    controls: Sequence[Control] = ()


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """One article file beside the issue."""

    #: Under the articles folder.
    path: str
    #: Empty when unreadable.
    title: str
    #: None when unreadable. Aware.
    date: dt.datetime | None
    category: str
    reason: Reason
    #: The reason in words.
    sentence: str
    #: Position of the block that shows it; None when the issue does not.
    block: int | None = None
    #: Last day to answer; None without one.
    deadline: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Reach:
    """An issue's file, and where one can go from it."""

    #: Hex digest of its bytes: every change says which one it means.
    version: str
    #: Whether there is a change to undo, and one to redo.
    can_undo: bool = False
    can_redo: bool = False


@dataclass(frozen=True, kw_only=True)
class Composition:
    """An issue on the composing page."""

    issue: Issue
    #: Hex digest of the file's bytes: every change says which one it means.
    version: str
    #: None when the issue names one that does not exist.
    layout: Layout | None
    #: Those of the whole issue.
    controls: Sequence[Control]
    blocks: Sequence[ComposedBlock]
    #: Newest first, unreadable ones last.
    proposals: Sequence[Proposal]
    #: Whether there is a change to undo, and one to redo.
    can_undo: bool = False
    can_redo: bool = False
