"""The words every department shares: frozen dataclasses and enums, standard library only.

Nothing here reads a file, opens a socket or knows the time: a value is made whole and never changes.
`docs/glossary.md` gives each word its meaning, with the French.
"""

from newsletter.model.audience import (
    AudienceChange,
    AudienceSize,
    Consent,
    Event,
    ImportReport,
    ImportRow,
    Refusal,
    Subscriber,
    Subscription,
    SubscriptionStatus,
    Suppression,
    SuppressionReason,
)
from newsletter.model.composition import ComposedBlock, Composition, Control, Proposal
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
from newsletter.model.mail import InlinePicture, MergeField, RenderedMail
from newsletter.model.mailings import (
    Approval,
    Counts,
    Delivery,
    DeliveryState,
    Freeze,
    Mailing,
    MailingState,
    Outcome,
    Phase,
    ProofRecord,
    Reader,
    Reply,
)
from newsletter.model.selection import Choice, Reason

__all__ = [
    "AddBlock",
    "Approval",
    "Article",
    "AudienceChange",
    "AudienceSize",
    "Block",
    "BlockType",
    "Choice",
    "ComposedBlock",
    "Composition",
    "Consent",
    "Control",
    "Counts",
    "Delivery",
    "DeliveryState",
    "Diagnosis",
    "Edit",
    "Event",
    "Finding",
    "Freeze",
    "Health",
    "Image",
    "ImportReport",
    "ImportRow",
    "InlinePicture",
    "Issue",
    "Layout",
    "Level",
    "Mailing",
    "MailingState",
    "MergeField",
    "MoveBlock",
    "Outcome",
    "Parameter",
    "ParameterType",
    "Phase",
    "Place",
    "ProofRecord",
    "Proposal",
    "Reader",
    "Reason",
    "Refusal",
    "RemoveBlock",
    "RenderedMail",
    "Reply",
    "SetBody",
    "SetField",
    "SetKind",
    "SetParameter",
    "Subscriber",
    "Subscription",
    "SubscriptionStatus",
    "Suppression",
    "SuppressionReason",
    "UnreadableArticle",
    "doubtful",
    "sound",
    "wrong",
]
