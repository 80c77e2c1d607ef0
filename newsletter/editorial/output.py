"""The files of a build: message.html, message.txt, message.eml and manifest.json, written all or none."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from newsletter.atomic import replacing
from newsletter.editorial.copies import Copy
from newsletter.errors import ContentError
from newsletter.i18n import _
from newsletter.mistakes import system_reason
from newsletter.model import Article, RenderedMail


@dataclass(frozen=True, kw_only=True)
class Build:
    """What `build` wrote, and where."""

    folder: Path
    manifest: Mapping[str, Any]


def write_build(
    folder: Path,
    mail: RenderedMail,
    articles: Sequence[Article],
    *,
    eml: bytes,
    html: str,
    text: str,
    copies: Sequence[Copy] = (),
) -> Build:
    """Write the four files into `folder`; same input, same bytes. The manifest names the copies the letter shows.

    All are written before the first takes its place, and the manifest is the last to: a reader that finds a manifest
    finds what it names. Raises ContentError when the disk is full or the folder cannot be written.
    """
    files = {"message.html": html.encode(), "message.txt": text.encode(), "message.eml": eml}
    manifest = _manifest(mail, articles, files)
    if copies:
        manifest["copies"] = {copy.name: {"bytes": copy.size, "width": copy.width} for copy in copies}
    files["manifest.json"] = (json.dumps(manifest, ensure_ascii=False, indent=2) + "\n").encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write_all(folder, files)
    except OSError as error:
        raise ContentError(
            _("cannot write the build: {reason}", reason=system_reason(error)), where=str(folder)
        ) from None
    return Build(folder=folder, manifest=manifest)


def _manifest(mail: RenderedMail, articles: Sequence[Article], files: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "issue": mail.issue,
        "variant": mail.variant,
        "language": mail.language,
        "subject": mail.subject,
        "preheader": mail.preheader,
        "sha256": mail.sha256,
        "files": {
            name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in files.items()
        },
        "articles": [{"path": article.path, "title": article.title, "sha256": article.sha256} for article in articles],
        "fields": sorted({field.name for field in mail.fields}),
    }


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    with ExitStack() as drafts:
        for name in reversed(list(files)):  # what enters first leaves last: the manifest
            drafts.enter_context(replacing(folder / name)).write_bytes(files[name])
