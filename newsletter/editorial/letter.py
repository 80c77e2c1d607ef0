"""The editor's text as the page around it sees it: a place. Who reads its words has the page printed with them."""

from collections.abc import Callable

from markupsafe import Markup

from newsletter.editorial.manuscript import Prose
from newsletter.editorial.memory import Shelf

#: Characters of a first paragraph that has three lines to stand beside a drop capital.
_DROP_CAPITAL = 160

#: Pages in which no template read the letter's words: one for each layout, language and order of blocks.
_PAGES: Shelf[str] = Shelf(answers=64)


class Letter:
    """What `layout.mjml` may ask of the letter; whether it read the words is remembered with the page."""

    def __init__(self, prose: Prose) -> None:
        self._prose = prose
        #: False once a page was printed without a look at the words.
        self.is_read = True

    @property
    def long_opening(self) -> bool:
        """True when the first paragraph is long enough for a drop capital."""
        return len(self._prose.text.partition("\n\n")[0]) > _DROP_CAPITAL

    def under(self, level: int) -> Markup:
        """As the text's own."""
        return self._prose.under(level)

    @property
    def text(self) -> str:
        self.is_read = True
        return self._prose.text

    def __bool__(self) -> bool:
        return bool(self._prose)

    def __html__(self) -> Markup:
        return self._prose.__html__()

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        """With its words."""
        return f"Letter({self._prose!r})"

    def page(self, question: str, print_page: Callable[[], str]) -> str:
        """The page around it: remembered whatever the letter says, unless a template read that."""

        def printed() -> str:
            self.is_read = False
            return print_page()

        shape = f"{question} {self._prose.number} {bool(self)} {self.long_opening}"
        return _PAGES.recall(
            shape, lambda: _PAGES.recall(f"{shape} {self!r}", printed), worth=lambda _page: not self.is_read
        )
