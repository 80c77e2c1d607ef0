"""The mail in its frame: its own answer, its own policy, no script, no origin, no request that leaves the machine.

The page around it scrolls, so that a new rendering takes the place of the old one under the reader's eyes. For that
the page must know how tall the mail is, and a sandboxed frame tells nothing. So the mail holds a ruler: one container
query per 32 pixels, each with a picture of its own. The browser fetches the picture of the height it measured; the
server passes the number on to the page. No script runs, and the sandbox stays whole. Where a block is outlined, a
second ruler reaches from the top of the mail down to it, so that the page can scroll there.
"""

import os
import re
from contextlib import suppress
from functools import cache
from pathlib import Path

from starlette.responses import HTMLResponse, Response

from newsletter.settings import Settings
from newsletter.web.studio.marks import ANCHOR, OUTLINED

POLICY = "sandbox; default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; frame-ancestors 'self'"

#: Pictures a mail may show, and how they are announced; never SVG, which can hold a script.
_PICTURES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".avif": "image/avif",
}
#: Pixels between two marks of the ruler, and its end: a letter of thirty screens.
_STEP, _TALLEST = 32, 24_000
#: A clicked link asks for a new window, which the sandbox refuses: the proof stays where it is.
_HEAD = re.compile(r"<head\b[^>]*>", re.I)
_BODY_END = re.compile(r"</body\s*>", re.I)


def framed(html: str, *, settings: Settings, key: str, ruler: str | None = None) -> HTMLResponse:
    """A mail's HTML for the frame: uploads and copies shown from the local folders, with a ruler when one is wanted.

    `ruler` is the name under which the page waits for the height.
    """
    for folder, address in (("copies", settings.copies_url), ("uploads", f"{settings.site.url}/uploads")):
        html = re.sub(rf"(?P<before>[\"'(\s,=]){re.escape(address)}/", rf"\g<before>/kept/{key}/{folder}/", html)
    html = _HEAD.sub(r'\g<0><base target="_blank">', html, count=1)
    if ruler and re.fullmatch(r"[a-z0-9]{1,32}", ruler):
        end = next(_BODY_END.finditer(html), None)
        cut = end.start() if end else len(html)
        html = html[:cut] + _rulers(f"/kept/{key}/ruler/{ruler}", to_block=OUTLINED in html) + html[cut:]
    return HTMLResponse(html, headers={"Content-Security-Policy": POLICY, "X-Frame-Options": "SAMEORIGIN"})


def _rulers(base: str, *, to_block: bool) -> str:
    whole = _ruler("nl-ruler", f"{base}/", reach="inset:0")
    below = f"top:0;left:0;width:1px;bottom:anchor({ANCHOR} top)"
    return whole + (_ruler("nl-reach", f"{base}-top/", reach=below) if to_block else "")


def _ruler(name: str, base: str, *, reach: str) -> str:
    style = (
        "body{position:relative}"
        f"#{name}{{position:absolute;{reach};z-index:-1;container:{name}/size}}"
        f"#{name} i{{position:absolute;width:1px;height:1px}}"
    )
    marks = _marks().replace("NAME", name).replace("BASE", base)
    return f'<style>{style}{marks}</style><div id="{name}" aria-hidden="true"><i></i></div>'


@cache
def _marks() -> str:
    return "".join(
        f"@container NAME (height>={low}px) and (height<{low + _STEP}px)"
        f"{{#NAME i{{background:url(BASE{low + _STEP})}}}}"
        for low in range(0, _TALLEST, _STEP)
    )


def picture(folder: Path, path: str) -> Response:
    """A picture of the uploads folder; 404 for anything else, or anywhere else, symbolic links followed."""
    kind = _PICTURES.get(Path(path).suffix.lower())
    hidden = any(part.startswith(".") for part in path.split("/"))
    if kind is None or hidden or "\\" in path or "\0" in path:
        return Response(status_code=404)
    # realpath, since Path.resolve() raises on a link that leads to itself before Python 3.13
    root, file = Path(os.path.realpath(folder)), Path(os.path.realpath(folder / path))
    with suppress(OSError):  # a name longer than the disk takes
        if file.is_relative_to(root) and file.is_file():
            policy = {"Content-Security-Policy": "default-src 'none'; sandbox"}
            # Whole: every saved article fetches all of them again, since a sandboxed frame keeps nothing.
            return Response(file.read_bytes(), media_type=kind, headers=policy)
    return Response(status_code=404)
