"""The words every department shares: frozen dataclasses and enums, standard library only.

Nothing here reads a file, opens a socket or knows the time: a value is made whole and never changes.
`docs/glossary.md` gives each word its meaning, with the French.

A word is made when it is first asked for: a dataclass takes half a millisecond, and no command needs all of them.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.model.audience import (
        AudienceChange,
        AudienceSize,
        Column,
        Consent,
        Doubt,
        Event,
        ImportReport,
        ImportRow,
        KeptOut,
        Listed,
        Refusal,
        Search,
        Subscriber,
        Subscription,
        Suppression,
        Vocabulary,
    )
    from newsletter.model.composition import ComposedBlock, Composition, Control, Proposal, Reach
    from newsletter.model.edits import (
        AddBlock,
        Edit,
        MoveBlock,
        RemoveBlock,
        SetBody,
        SetField,
        SetKind,
        SetParameter,
    )
    from newsletter.model.findings import Finding, Level, Place
    from newsletter.model.health import Diagnosis, Health, doubtful, sound, wrong
    from newsletter.model.issues import Article, Block, Image, Issue, UnreadableArticle
    from newsletter.model.layouts import BlockType, Layout, Parameter, ParameterType
    from newsletter.model.mail import InlinePicture, MergeField, Prepared, Reader, RenderedMail
    from newsletter.model.mailings import (
        Approval,
        Counts,
        Delivery,
        Freeze,
        Mailing,
        MailingEvent,
        Outcome,
        ProofRecord,
        Reply,
    )
    from newsletter.model.reports import AnswerGroup, DomainOutcome, Month, Moves, Step, Tally
    from newsletter.model.retention import Horizons, Purge
    from newsletter.model.returns import Addressee, Returned, ReturnKind, ReturnsReport, Unclear
    from newsletter.model.segments import Account, Readership, Segment
    from newsletter.model.selection import Choice, Reason
    from newsletter.model.states import (
        DeliveryState,
        MailingEventKind,
        MailingState,
        Phase,
        Standing,
        SubscriptionStatus,
        SuppressionReason,
    )

__all__ = [
    "Account",
    "AddBlock",
    "Addressee",
    "AnswerGroup",
    "Approval",
    "Article",
    "AudienceChange",
    "AudienceSize",
    "Block",
    "BlockType",
    "Choice",
    "Column",
    "ComposedBlock",
    "Composition",
    "Consent",
    "Control",
    "Counts",
    "Delivery",
    "DeliveryState",
    "Diagnosis",
    "DomainOutcome",
    "Doubt",
    "Edit",
    "Event",
    "Finding",
    "Freeze",
    "Health",
    "Horizons",
    "Image",
    "ImportReport",
    "ImportRow",
    "InlinePicture",
    "Issue",
    "KeptOut",
    "Layout",
    "Level",
    "Listed",
    "Mailing",
    "MailingEvent",
    "MailingEventKind",
    "MailingState",
    "MergeField",
    "Month",
    "MoveBlock",
    "Moves",
    "Outcome",
    "Parameter",
    "ParameterType",
    "Phase",
    "Place",
    "Prepared",
    "ProofRecord",
    "Proposal",
    "Purge",
    "Reach",
    "Reader",
    "Readership",
    "Reason",
    "Refusal",
    "RemoveBlock",
    "RenderedMail",
    "Reply",
    "ReturnKind",
    "Returned",
    "ReturnsReport",
    "Search",
    "Segment",
    "SetBody",
    "SetField",
    "SetKind",
    "SetParameter",
    "Standing",
    "Step",
    "Subscriber",
    "Subscription",
    "SubscriptionStatus",
    "Suppression",
    "SuppressionReason",
    "Tally",
    "Unclear",
    "UnreadableArticle",
    "Vocabulary",
    "doubtful",
    "sound",
    "wrong",
]

#: The modules, each after those that it imports from; first what most commands need.
_MODULES = (
    *("findings", "states", "health", "issues", "segments", "mail", "selection", "layouts", "mailings"),
    *("edits", "composition", "reports", "returns", "retention", "audience"),
)


def __getattr__(name: str) -> object:
    """The word, from the module that defines it (PEP 562)."""
    for module in _MODULES if name in __all__ else ():
        words = vars(import_module(f"{__name__}.{module}"))
        if name in words:
            return globals().setdefault(name, words[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
