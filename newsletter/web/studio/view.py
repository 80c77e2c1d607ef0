"""How one looks at a proof: all of it stands in the address, so that a view can be kept, sent and reloaded."""

from typing import Any, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from newsletter.web.studio.looks import Light

#: Width of a screen by its name, in pixels.
SCREENS = {"phone": 390, "tablet": 640, "desktop": 820}
#: The next light, when one presses C.
_NEXT: dict[Light, Light] = {"light": "dark", "dark": "forced", "forced": "light"}


class ProofView(BaseModel):
    """The state of the proof page, as its address says it."""

    model_config = ConfigDict(frozen=True)

    view: Literal["mail", "editions", "text", "speech", "source", "file"] = "mail"
    #: Pixels.
    width: int = Field(default=SCREENS["desktop"], ge=240, le=1600)
    light: Light = "light"
    images: Literal["on", "off"] = "on"
    drawer: Literal["remarks", "weight", "links", "inbox", "folded"] = "remarks"
    #: Number of the outlined block, from 1; 0 for none.
    block: int = Field(default=0, ge=0)
    #: Address of the subscriber through whose eyes one looks; "" for the sample reader.
    reader: str = Field(default="", max_length=254)
    #: A file of the project, and its line, for the view `file`.
    file: str = ""
    line: int = Field(default=0, ge=0)
    #: What was just done to the issue: said once, and in no other address.
    done: Literal["", "removed", "undone", "redone", "changed"] = ""

    @property
    def screen(self) -> str:
        """Name of the screen that is so wide; "" for a width of one's own."""
        return next((name for name, width in SCREENS.items() if width == self.width), "")

    @property
    def next_light(self) -> Light:
        return _NEXT[self.light]

    def address(self, **changes: Any) -> str:
        """The query of this view with some of it changed; what is as by default is not said."""
        return "?" + urlencode(self.said(**changes))

    def said(self, **changes: Any) -> dict[str, Any]:
        """What is not as by default, changes included. The file is forgotten by every other view."""
        state = {**self.model_dump(exclude={"done"}), **changes}
        if state["view"] != "file":
            state |= {"file": "", "line": 0}
        fields = type(self).model_fields
        return {name: value for name, value in state.items() if value != fields[name].default}
