"""What the studio's pages share while it runs."""

import re
from dataclasses import dataclass

from starlette.exceptions import HTTPException

from newsletter.web.pages import Pages
from newsletter.web.studio.live import Wire
from newsletter.web.studio.project import StudioProject
from newsletter.web.studio.proofs import Proofs

_NAME = re.compile(r"\w[\w.-]*")


@dataclass(frozen=True, kw_only=True)
class Studio:
    """One run of the studio on one project."""

    project: StudioProject
    proofs: Proofs
    pages: Pages
    wire: Wire
    #: Opens pictures and rulers, for frames that have no cookie.
    key: str


def plain(name: str) -> str:
    """A name that is one step of a path and nothing else; 404 otherwise."""
    if not _NAME.fullmatch(name):
        raise HTTPException(404)
    return name
