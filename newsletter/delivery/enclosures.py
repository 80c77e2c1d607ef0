"""Pictures that travel in the message beside its HTML: multipart/related in the alternative (RFC 2387, RFC 2392)."""

from collections.abc import Sequence

from newsletter.delivery.message import make_boundary
from newsletter.model import InlinePicture

_COLUMNS = 76


def enclosed(pictures: Sequence[InlinePicture], *, mark: str) -> tuple[str, bytes, bytes]:
    """The boundary of the HTML part, and what goes before and after it, in a message whose own boundary is `mark`.

    The same for every reader: encoded once. A letter without pictures keeps its one boundary.
    """
    if not pictures:
        return mark, b"", b""
    inner = make_boundary(f"related\0{mark}")
    opening = f'\r\n--{mark}\r\nContent-Type: multipart/related; type="text/html";\r\n boundary="{inner}"\r\n'
    parts = "".join(f"\r\n--{inner}\r\n{_part(picture)}" for picture in pictures)
    return inner, opening.encode("ascii"), f"{parts}\r\n--{inner}--\r\n".encode("ascii")


def opened(html: str, pictures: Sequence[InlinePicture]) -> str:
    """The HTML as a browser shows it, which finds no part by its Content-ID: the pictures stand in it."""
    for picture in pictures:
        html = html.replace(f"cid:{picture.cid}", f"data:{picture.type};base64,{picture.base64}")
    return html


def _part(picture: InlinePicture) -> str:
    encoded = picture.base64
    lines = [encoded[start : start + _COLUMNS] for start in range(0, len(encoded), _COLUMNS)]
    head = (
        f"Content-Type: {picture.type}",
        "Content-Transfer-Encoding: base64",
        f"Content-ID: <{picture.cid}>",
        f'Content-Disposition: inline; filename="{picture.name}"',
    )
    return "\r\n".join([*head, "", *lines, ""])
