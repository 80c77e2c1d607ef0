"""What one click does about a remark: its block leaves the issue, or Sommaire opens where it is mended."""

from dataclasses import dataclass

from newsletter.i18n import _
from newsletter.model import Finding, Issue

#: Remarks on an article that has no place in the letter.
_OUT_OF_PLACE = (
    "deadline-expired",
    "article-already-sent",
    "article-twice",
    "article-draft",
    "article-unpublished",
)


@dataclass(frozen=True, kw_only=True)
class Remedy:
    """The words of a button, and where it leads."""

    words: str
    #: In Sommaire; "" when the block leaves the issue at once.
    address: str = ""


def remedy(issue: Issue, finding: Finding) -> Remedy | None:
    """None for what is mended in a file, or nowhere."""
    contents = f"/issues/{issue.id}/contents"
    of_issue = {
        "subject": Remedy(words=_("Write the subject"), address=f"{contents}#subject"),
        "preheader": Remedy(words=_("Write the preview"), address=f"{contents}#preheader"),
        "editorial": Remedy(words=_("Write the editorial"), address=f"{contents}?block=editorial#body"),
    }
    if found := of_issue.get(finding.code.partition("-")[0]):
        return found
    if finding.block is None or finding.block >= len(issue.blocks):
        return None
    if finding.code in _OUT_OF_PLACE:
        return Remedy(words=_("Remove the block"))
    words = _("Choose the picture") if finding.code == "image-missing" else _("Open the block")
    return Remedy(words=words, address=f"{contents}?block={finding.block + 1}#block-{finding.block}")
