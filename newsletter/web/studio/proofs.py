"""The proof of an issue as the studio shows it: rendered once per change, the last good one kept when a file breaks."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from newsletter.errors import NewsletterError
from newsletter.i18n import current_language
from newsletter.model import Article, Finding, Issue, Level, RenderedMail
from newsletter.web.studio.project import PlacedBlock, Preview, StudioProject


@dataclass(frozen=True, kw_only=True)
class Proof:
    """What stands on one screen."""

    issue: Issue
    #: None, as `preview` is, when the issue has never been rendered without an error.
    mail: RenderedMail | None = None
    preview: Preview | None = None
    findings: Sequence[Finding] = ()
    articles: Mapping[str, Article] = field(default_factory=dict)
    #: Where its blocks are in the HTML.
    blocks: Sequence[PlacedBlock] = ()
    #: What is wrong now; the rest is then the last good rendering.
    error: NewsletterError | None = None
    #: When it was rendered. Aware, in the site's zone.
    made_at: datetime | None = None

    def count(self, level: str) -> int:
        """How many findings weigh that much."""
        return sum(finding.level == Level(level) for finding in self.findings)

    def at_level(self, level: str) -> list[Finding]:
        """The findings that weigh that much, but for those that the issue ignores."""
        return [finding for finding in self.findings if finding.level == Level(level) and not finding.ignored]

    @property
    def ignored(self) -> list[Finding]:
        """The findings that the issue ignores, each with its reason."""
        return [finding for finding in self.findings if finding.ignored]


#: A mail, and where its blocks are.
Edition = tuple[Preview, Sequence[PlacedBlock]]


class Proofs:
    """Proofs by issue. Safe to use from several threads: one renders, the others wait for it."""

    def __init__(self, project: StudioProject) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._fresh: dict[tuple[str, str], Proof] = {}
        self._good: dict[str, Proof] = {}
        self._editions: dict[tuple[str, str], dict[str, Edition | NewsletterError]] = {}

    def forget(self) -> None:
        """A file has changed: render again when asked. The last good ones stay at hand."""
        with self._lock:
            self._fresh.clear()
            self._editions.clear()

    def read(self, name: str) -> Proof:
        """The proof of an issue; raises NewsletterError only when there is nothing at all to show."""
        with self._lock:
            key = name, current_language()
            if key not in self._fresh:
                self._fresh[key] = self._make(name)
            return self._fresh[key]

    def editions(self, issue: Issue) -> Mapping[str, Edition | NewsletterError]:
        """The letter for `members` and the letter to `all`, or why there cannot be one."""
        with self._lock:
            key = issue.id, current_language()
            if key not in self._editions:
                self._editions[key] = {variant: self._edition(issue, variant) for variant in ("members", "all")}
            return self._editions[key]

    def _edition(self, issue: Issue, variant: str) -> Edition | NewsletterError:
        try:
            return self._project.edition(issue, variant)
        except NewsletterError as error:
            return error

    def _make(self, name: str) -> Proof:
        try:
            proof = self._render(self._project.issue(name))
        except NewsletterError as error:
            if name not in self._good:
                return Proof(issue=self._project.issue(name), error=error)
            return replace(self._good[name], error=error)
        self._good[name] = proof
        return proof

    def _render(self, issue: Issue) -> Proof:
        read = self._project.proofread(issue)
        return Proof(
            issue=issue,
            mail=read.mail,
            preview=read.preview,
            findings=read.findings,
            articles=read.articles,
            blocks=read.blocks,
            made_at=datetime.now(self._project.settings.site.zone),
        )
