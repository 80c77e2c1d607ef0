"""Issue files: found by name, read strictly, written once, edited without disturbing what people wrote."""

import difflib
import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from newsletter.atomic import write_atomically
from newsletter.editorial.front_matter import Document, make_document, read_bytes, read_document, shown
from newsletter.editorial.memory import Shelf
from newsletter.editorial.strict_yaml import YamlMistake
from newsletter.editorial.unchanged import Unchanged
from newsletter.errors import ChangedMeanwhile, ContentError, RefusedError, Unwritable, UsageError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import Block, Issue, Place

if TYPE_CHECKING:
    from newsletter.editorial.rewriting import Change

#: Front-matter keys of an issue, in the order they are written; every other key is a parameter of the whole issue.
KEYS = ("subject", "preheader", "date", "list", "layout", "since", "cutoff", "archived", "blocks", "ignore")
TEXT_KEYS = frozenset(("subject", "preheader", "list", "layout"))

DATE_PREFIX = re.compile(r"\d{4}-\d\d-\d\d(?:-|\Z)")
_DIGEST = re.compile(r"[0-9a-f]{12,64}")
#: Mark and opening fence, front matter, closing fence with the blank lines after it, body.
_PARTS = re.compile(r"\A(\ufeff?---[ \t]*\r?\n)(.*?\r?\n|)(---[ \t]*(?:\r?\n(?:[ \t]*\r?\n)*|\Z))(.*)\Z", re.DOTALL)

#: By the file, and the project's folder.
_ISSUES: Unchanged[Issue] = Unchanged(answers=256)
#: By its name and its bytes.
_READ: Shelf[Issue] = Shelf(answers=16)


def read_issues(folder: Path, *, root: Path) -> list[Issue]:
    """Every issue of the folder, by date, then id; raises ContentError when one cannot be read."""
    issues = [read_issue(path, root=root) for path in _files(folder)]
    return sorted(issues, key=lambda issue: (issue.date, issue.id))


def read_issue(path: Path, *, root: Path) -> Issue:
    """One issue; raises ContentError with file, line, field and hint. `since` and `cutoff` say their offset."""
    file = path.absolute()
    return _ISSUES.recall((file, root), lambda: (_read_now(file, root.absolute()), [str(file)]))


def find_issue(folder: Path, name: str, *, root: Path) -> Path:
    """The file of an issue by path, id, part of the id (`numero-157`), number (`157`) or date.

    Raises UsageError naming the nearest issues when there is none, and all that fit when there are several.
    """
    files = {path.stem: path for path in _files(folder)}
    for candidate in (Path(name), root / name, folder / name):
        if candidate.is_file() and candidate.resolve().parent == folder.resolve():
            return folder / candidate.name
    identifier = name.removesuffix(".md")
    if identifier in files:
        return files[identifier]
    fitting = [found for found in files if _fits(found, identifier)] or _numbered(files, identifier)
    if len(fitting) == 1:
        return files[fitting[0]]
    if fitting:
        raise UsageError(
            _("{name} may be several issues", name=name), hint=_("write one of: {names}", names=", ".join(fitting))
        )
    close = difflib.get_close_matches(identifier, files, 3, cutoff=0.4) or sorted(files)[-3:]
    hint = _("did you mean {name}?", name=", ".join(close)) if close else _("write one with newsletter new TITLE")
    raise UsageError(_("no issue {name}", name=name), hint=hint)


def write_issue(path: Path, issue: Issue) -> None:
    """Write a new issue file, whole or not at all; raises RefusedError when there is one already."""
    from newsletter.editorial.rewriting import compose_front_matter

    content = f"---\n{compose_front_matter(issue)}---\n{issue.body}\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content.encode(), replace=False)
    except FileExistsError:
        raise RefusedError(
            _("there is an issue of that name already"),
            where=str(path),
            hint=_("give the new one another title or another date, or edit the file"),
        ) from None
    except OSError as error:
        raise Unwritable(system_reason(error), where=path.as_posix()) from None


def edit_issue(
    path: Path, *, expected_sha256: str | None, changes: "Change | None" = None, body: str | None = None
) -> str:
    """Change an issue file in place; returns the hex digest of its new bytes.

    `changes` alters the front matter's mapping; `body` replaces the Markdown. Comments, key order, quotes, spacing,
    line ends and byte order mark stay, and lines that were not changed keep their bytes. Raises ChangedMeanwhile when
    the file is no longer the one with `expected_sha256`, ContentError when the result would be no readable issue: then
    nothing is written.
    """
    file = path.as_posix()
    old = read_bytes(path, file)
    if expected_sha256 is not None and hashlib.sha256(old).hexdigest() != expected_sha256:
        raise changed_meanwhile(path, old)
    document = make_document(old, file=file, text_keys=TEXT_KEYS)
    new = _edited(document, old.decode(), changes=changes, body=body).encode()
    _issue(make_document(new, file=file, text_keys=TEXT_KEYS), path.stem)
    if new != old:
        if (now := read_bytes(path, file)) != old:
            raise changed_meanwhile(path, now)
        try:
            write_atomically(path.resolve(), new)
        except OSError as error:
            raise Unwritable(system_reason(error), where=path.as_posix()) from None
    return hashlib.sha256(new).hexdigest()


# --- finding ---------------------------------------------------------------------------------------------------


def _files(folder: Path) -> list[Path]:
    """Issue files, by name; none when there is no folder yet."""
    try:
        with os.scandir(folder) as entries:
            names = [it.name for it in entries if it.name.endswith(".md") and it.name[0] != "." and it.is_file()]
        return [folder / name for name in sorted(names)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise ContentError(
            _("the issues folder cannot be read: {reason}", reason=system_reason(error)), where=folder.as_posix()
        ) from None


def _fits(identifier: str, name: str) -> bool:
    """True when the name is the date, or whole words of the rest, of the id."""
    rest = DATE_PREFIX.sub("", identifier, count=1)
    day = identifier.removesuffix(rest).rstrip("-")
    return bool(name) and (name == day or f"-{name}-" in f"-{rest}-")


def _numbered(files: Mapping[str, Path], name: str) -> list[str]:
    """Issues whose `number:` is the name; unreadable ones have none."""
    found = []
    for identifier, path in files.items() if name.isdecimal() else ():
        try:
            number = read_document(path, file=path.as_posix()).front_matter.get("number")
        except ContentError:
            continue
        found += [identifier] if str(number) == name else []
    return found


# --- reading ---------------------------------------------------------------------------------------------------


def _read_now(path: Path, root: Path) -> Issue:
    document = read_document(path, file=shown(path, root), text_keys=TEXT_KEYS)
    return _READ.recall(f"{document.file} {path.stem} {document.sha256}", lambda: _issue(document, path.stem))


def _issue(document: Document, identifier: str) -> Issue:
    day = document.day("date")
    if day is None:
        raise document.missing("date")
    return Issue(
        id=identifier,
        file=document.file,
        subject=document.text("subject"),
        preheader=document.text("preheader"),
        date=day,
        list=document.required("list"),
        layout=document.required("layout"),
        since=document.moment("since", None),
        cutoff=document.moment("cutoff", None),
        blocks=tuple(_blocks(document)),
        parameters={key: value for key, value in document.front_matter.items() if key not in KEYS},
        body=document.body,
        body_line=document.body_line,
        ignored=_ignored(document),
        archived=document.flag("archived", default=False),
        lines=document.lines,
    )


def _blocks(document: Document) -> Iterator[Block]:
    blocks = document.front_matter.get("blocks")
    if blocks is None:
        return
    if not isinstance(blocks, list):
        raise document.mistake("blocks", _("blocks must be a list"), hint=_("start each block with a line - kind: …"))
    for position, block in enumerate(blocks):
        yield _block(document, f"blocks.{position}", block)


def _block(document: Document, name: str, block: Any) -> Block:
    if not isinstance(block, dict):
        raise document.mistake(name, _("a block must be keys and values"), hint=_("write it as - kind: text"))
    values = dict(block)
    kind = _text(document, f"{name}.kind", values.pop("kind", None))
    if not kind:
        raise document.mistake(name, _("a block does not say its kind"), hint=_("add a line kind: … to it"))
    article = _text(document, f"{name}.article", values.pop("article", None))
    digest = values.pop("sha256", None)
    if digest is not None and not _DIGEST.fullmatch(str(digest)):
        raise _wrong(
            document,
            f"{name}.sha256",
            _("sha256 must be 12 to 64 hexadecimal digits"),
            hint=_("remove the line if you do not know it"),
        )
    return Block(
        kind=kind,
        article=article or None,
        parameters=values,
        sha256=None if digest is None else str(digest),
        line=document.lines.get(name),
    )


def _text(document: Document, name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        field = name.rpartition(".")[2]
        raise _wrong(document, name, _("{field} must be a text", field=field), hint=_("write it on one line"))
    return value.strip()


def _ignored(document: Document) -> dict[str, str]:
    """Finding code → why it is ignored: a reason is asked for, so that the next editor knows."""
    ignored = document.front_matter.get("ignore")
    if ignored is None:
        return {}
    if not isinstance(ignored, dict):
        raise document.mistake(
            "ignore", _("ignore must be codes with a reason each"), hint=_("write image-without-credit: why")
        )
    for code, reason in ignored.items():
        if not isinstance(reason, str) or not reason.strip():
            raise _wrong(
                document,
                f"ignore.{code}",
                _("{code} is ignored without a reason", code=code),
                hint=_("write {code}: why it may be ignored", code=code),
            )
    return {code: reason.strip() for code, reason in ignored.items()}


def _wrong(document: Document, name: str, message: str, *, hint: str) -> ContentError:
    """An error about one key inside a block: its own line, its own name."""
    where = Place(file=document.file, line=document.lines.get(name), field=name.rpartition(".")[2])
    return ContentError(message, where=where, hint=hint)


# --- writing ---------------------------------------------------------------------------------------------------


def _edited(document: Document, text: str, *, changes: "Change | None", body: str | None) -> str:
    parts = _PARTS.match(text)
    if parts is None:
        raise ContentError(
            _("the file has line ends that no editor writes any more"),
            where=document.file,
            hint=_("in your text editor, choose Save as…, line ends Unix (LF)"),
        )
    head, source, fence, old_body = parts.groups()
    if changes is not None:
        source = _rewritten(source, changes, document)
    if body is not None and body.strip() != document.body:
        end = "\r\n" if "\r\n" in head else "\n"
        fence = fence if fence.endswith("\n") else f"{fence}{end}"
        old_body = "\n".join(body.strip().splitlines()).replace("\n", end) + end
    return f"{head}{source}{fence}{old_body}"


def _rewritten(source: str, changes: "Change", document: Document) -> str:
    from newsletter.editorial.rewriting import rewrite

    try:
        return rewrite(source, changes)
    except YamlMistake as mistake:
        raise ContentError(mistake.message, where=document.file, hint=mistake.hint) from None


def changed_meanwhile(path: Path, content: bytes) -> ChangedMeanwhile:
    """The error to raise when an issue's file holds other bytes than those that the change was made for."""
    version = hashlib.sha256(content).hexdigest()
    return ChangedMeanwhile(path.as_posix(), version=version, changed_at=path.stat().st_mtime)
