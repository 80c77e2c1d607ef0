"""How one looks at the people of a list: all of it stands in the address of Abonnés."""

from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from newsletter.model import Search, Segment, Standing

#: People a page.
PAGE = 100


class PeopleView(BaseModel):
    """The state of the page, as its address says it."""

    model_config = ConfigDict(frozen=True)

    #: Id of a list; "" for the first of the settings.
    list: str = ""
    standing: Standing = Standing.MAILABLE
    words: str = Field(default="", max_length=200)
    #: Name of a segment of the list.
    segment: str = ""
    page: int = Field(default=1, ge=1, le=1_000_000)
    #: What was just done.
    done: str = ""

    @property
    def is_whole(self) -> bool:
        """True when it says nothing but the list: it is then everybody on it, wherever they stand."""
        return not self.model_fields_set & {"standing", "words", "segment"}

    def search(self, segment: Segment | None) -> Search:
        """Those who are looked for, in that segment."""
        return Search(
            list=self.list, segment=segment, standing=self.standing, words=self.words, page=self.page, size=PAGE
        )

    def address(self, **changes: Any) -> str:
        """The query of this view with some of it changed, from its first page on; what is empty is not said."""
        said = {"list": self.list, "standing": self.standing.value, "words": self.words, "segment": self.segment}
        return "?" + urlencode({name: value for name, value in (said | changes).items() if value})
