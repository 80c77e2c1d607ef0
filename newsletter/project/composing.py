"""The composing room's verbs: change an issue act by act, go back, duplicate, put away, bring pictures."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, MutableMapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.errors import ContentError, RefusedError, UsageError
from newsletter.i18n import _
from newsletter.model import Article
from newsletter.project.newsroom import Newsroom

if TYPE_CHECKING:
    from newsletter.editorial.editing import Workbench
    from newsletter.editorial.history import History
    from newsletter.model import Composition, Edit, Issue, Proposal, Reach, UnreadableArticle

#: Versions of issue files that pages have shown, kept to say what changed elsewhere.
_REMEMBERED = 128


class ComposingRoom(Newsroom):
    """Where an issue is put together, by several hands and several programs at once."""

    @cached_property
    def _editing(self) -> threading.Lock:
        """One change at a time: two tabs of one studio are two threads."""
        return threading.Lock()

    @cached_property
    def _seen(self) -> OrderedDict[str, str]:
        return OrderedDict()

    def issue_path(self, name: str) -> Path:
        """The file of an issue; raises UsageError with the nearest names."""
        from newsletter.editorial.issues import find_issue

        return find_issue(self.issues_folder, name, root=self.folder)

    def composition(self, name: str) -> Composition:
        """The issue as the composing page shows it; remembers the version that it showed."""
        from newsletter.editorial.composition import make_blocks, make_controls
        from newsletter.model import Composition

        path = self.issue_path(name)
        content = self._read(path)
        issue, articles = self.issue(path.stem), self.source.read_all()
        bench = self._bench(issue, articles)
        can_undo, can_redo = self._history(path).reach(content)
        return Composition(
            issue=issue,
            version=self._remember(content),
            layout=bench.layout if bench.layout.blocks else None,
            controls=make_controls(bench, None),
            blocks=make_blocks(bench),
            proposals=self._proposals(issue, articles),
            can_undo=can_undo,
            can_redo=can_redo,
        )

    def edit(self, name: str, edit: Edit, *, version: str) -> str:
        """Do one act to the file that has this version; returns the new one.

        Raises ChangedMeanwhile when the file has another version, ContentError or UsageError when the act does not
        fit: then nothing is written.
        """
        from newsletter.editorial.editing import make_change
        from newsletter.editorial.issues import edit_issue
        from newsletter.model import SetBody

        path = self.issue_path(name)
        with self._editing:
            before = self._read(path)
            body = edit.value if isinstance(edit, SetBody) else None
            change: Callable[[MutableMapping[str, Any]], None] | None = None
            if body is None:
                issue = self.issue(path.stem)
                self._require_known(edit)
                articles = self.source.read_all()
                change = make_change(edit, self._bench(issue, articles))
            edit_issue(path, expected_sha256=version, changes=change, body=body)
            return self._kept(path, before)

    def _require_known(self, edit: Edit) -> None:
        """A list or a layout that exists."""
        from newsletter.editorial.layout import find_layout
        from newsletter.model import SetField

        if isinstance(edit, SetField) and edit.name == "list":
            self.mailing_list(edit.value)
        if isinstance(edit, SetField) and edit.name == "layout":
            find_layout(self.templates_folder, edit.value)

    def reach(self, name: str) -> Reach:
        """The version of an issue's file, and what can be undone; remembers that it was shown."""
        from newsletter.model import Reach

        path = self.issue_path(name)
        content = self._read(path)
        can_undo, can_redo = self._history(path).reach(content)
        return Reach(version=self._remember(content), can_undo=can_undo, can_redo=can_redo)

    def step(self, name: str, step: int, *, version: str) -> str:
        """Undo (-1) or redo (1) what the studio wrote; returns the new version.

        Raises ChangedMeanwhile when the file has another version, RefusedError when there is nothing to go to.
        """
        from newsletter.editorial.issue_files import replace_issue

        path = self.issue_path(name)
        history = self._history(path)
        with self._editing:
            before = self._read(path)
            after = history.step(before, step)
            replace_issue(path, after, expected_sha256=version)
            history.arrive(before, step)
            return self._remember(after)

    def seen(self, version: str) -> str | None:
        """The text of a version that a page has shown in this run; None when it is forgotten."""
        return self._seen.get(version)

    def issue_text(self, name: str) -> str:
        """The text of an issue's file, as it stands on disk."""
        return self._read(self.issue_path(name)).decode(errors="replace")

    def duplicate(self, name: str) -> str:
        """A copy of an issue, planned for today or its own later day; returns the new id."""
        from newsletter.editorial.issue_files import copy_issue

        path = self.issue_path(name)
        planned = max(self.today(), self.issue(path.stem).date)
        return copy_issue(path, planned=planned).stem

    def archive(self, name: str, *, archived: bool) -> None:
        """Put an issue away, or bring it back: it still counts for what was already in a letter."""
        from newsletter.editorial.issues import edit_issue

        def change(front: MutableMapping[str, Any]) -> None:
            if archived:
                front["archived"] = True
            else:
                front.pop("archived", None)

        path = self.issue_path(name)
        with self._editing:
            before = self._read(path)
            edit_issue(path, expected_sha256=None, changes=change)
            self._kept(path, before)

    def remove(self, name: str) -> str:
        """Take the file of a draft out of the issues, into `var/removed`; what `give_back` calls it there.

        Raises RefusedError once a mailing was made of it: it is then part of what was sent.
        """
        path = self.issue_path(name)
        for mailing in self.deliveries.mailings():
            if mailing.issue == path.stem and not mailing.rehearsal:
                sentence = _("mailing {number} was made of this issue: it stays", number=mailing.id)
                raise RefusedError(sentence, hint=_("put it in the archives"))
        self._removed.mkdir(parents=True, exist_ok=True)
        with self._editing:
            path.replace(self._removed / path.name)
        return path.stem

    def give_back(self, name: str) -> None:
        """Bring a removed draft back; raises UsageError when there is none, or another issue has its name."""
        kept, path = self._removed / f"{name}.md", self.issues_folder / f"{name}.md"
        if not kept.is_file() or path.exists():
            raise UsageError(_("{name} cannot be brought back", name=name))
        kept.replace(path)

    @property
    def _removed(self) -> Path:
        return self.var / "removed"

    def keep_upload(self, name: str, content: bytes) -> str:
        """Take a picture into the uploads folder; returns its address, such as `/uploads/riviere.jpg`."""
        from newsletter.editorial.uploads import keep_upload

        return keep_upload(self.uploads_folder, name, content)

    def uploads(self) -> list[str]:
        """Addresses of the pictures in the uploads folder, the latest first."""
        from newsletter.editorial.uploads import list_uploads

        return list_uploads(self.uploads_folder)

    @property
    def uploads_folder(self) -> Path:
        return self.folder / self.settings.content.uploads

    # --- inside ------------------------------------------------------------------------------------------------

    def _bench(self, issue: Issue, articles: Sequence[Article | UnreadableArticle]) -> Workbench:
        from newsletter.editorial.editing import Workbench
        from newsletter.editorial.layout import find_layout
        from newsletter.model import Layout

        layout = Layout(name=issue.layout, folder="", help="", blocks={})
        with suppress(UsageError):  # the page says that there is no such layout, and offers the others
            layout = find_layout(self.templates_folder, issue.layout)
        readable = {article.path: article for article in articles if isinstance(article, Article)}
        return Workbench(issue=issue, layout=layout, articles=readable, settings=self.settings.parameters)

    def _proposals(self, issue: Issue, articles: Sequence[Article | UnreadableArticle]) -> list[Proposal]:
        from newsletter.editorial.compose import choose
        from newsletter.editorial.composition import make_proposals

        others = [other for other in self.issues() if other.id != issue.id]
        first = all(other.date >= issue.date for other in others)
        selection = choose(
            articles,
            others,
            planned=issue.date,
            now=self.now(),
            zone=self.settings.site.zone,
            since=issue.since if first else None,
        )
        return make_proposals(issue, selection.choices, articles=articles)

    def _history(self, path: Path) -> History:
        from newsletter.editorial.history import History

        return History(self.var / "history" / f"{path.stem}.json")

    def _kept(self, path: Path, before: bytes) -> str:
        """Keep the change in the history; the version after it."""
        after = self._read(path)
        if after != before:
            self._history(path).record(before, after)
        return self._remember(after)

    def _remember(self, content: bytes) -> str:
        version = hashlib.sha256(content).hexdigest()
        self._seen[version] = content.decode(errors="replace")
        self._seen.move_to_end(version)
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)
        return version

    @staticmethod
    def _read(path: Path) -> bytes:
        from newsletter.mistakes import system_reason

        try:
            return path.read_bytes()
        except OSError as error:
            raise ContentError(system_reason(error), where=path.as_posix()) from None
