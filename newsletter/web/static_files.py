"""The style sheets and scripts of both sites, answered from memory: a page waits for them before it is seen."""

from functools import cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from newsletter.web.pages import STATIC

_KINDS = {"css": "text/css", "js": "text/javascript"}


def static_route() -> Route:
    """`/static/live.js`, `/static/tokens+frame.css`: several sheets are one answer, one after the other."""

    async def answer(request: Request) -> Response:
        names, _dot, kind = request.path_params["names"].rpartition(".")
        files = [f"{name}.{kind}" for name in names.split("+")]
        if not _names().issuperset(files) or len(set(files)) < len(files):
            raise HTTPException(404)
        return Response(b"".join(map(_content, files)), media_type=_KINDS[kind])

    return Route("/static/{names}", answer)


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in STATIC.iterdir() if path.suffix.removeprefix(".") in _KINDS)


@cache
def _content(name: str) -> bytes:
    return (STATIC / name).read_bytes()
