"""Who may speak to the studio: this computer's browser, on this port, with this run's token.

A page of the internet can send requests to 127.0.0.1. Three locks keep it out: the Host must be ours (DNS rebinding),
any Origin must be ours (CSRF), and a cookie that only the printed address sets must come with every request.
"""

import hashlib
import hmac
from contextvars import ContextVar
from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, QueryParams
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from newsletter.i18n import current_language, set_language, supported
from newsletter.web.pages import Pages

#: `light`, `dark`, or "" for the computer's own: a cookie that the page's button sets.
_theme: ContextVar[str] = ContextVar("studio_theme", default="")

_NAMES = ("127.0.0.1", "localhost", "[::1]")
_HARMLESS = ("GET", "HEAD")
#: Paths that carry their own key: a sandboxed frame has no origin, and therefore no cookie.
_KEYED = "/kept/"


def key_of(token: str) -> str:
    """The key in the addresses of pictures and rulers: it opens nothing else, and does not give the token away."""
    return hmac.new(token.encode(), b"pictures and rulers", hashlib.sha256).hexdigest()[:32]


def chosen_theme() -> str:
    """The theme of the request being answered."""
    return _theme.get()


class Guard:
    """ASGI middleware in front of everything the studio serves."""

    def __init__(self, app: ASGIApp, *, token: str, port: int, pages: Pages, ticket: str = "") -> None:
        self.app = app
        self.token = token
        self.ticket = ticket
        self.cookie = f"studio_{port}"
        self.hosts = frozenset(f"{name}:{port}" for name in _NAMES)
        self.origins = frozenset(f"http://{host}" for host in self.hosts)
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        answer = self._answer(scope)
        await (answer or self.app)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        """The refusal, or the welcome that sets the cookie; None lets the request through."""
        headers = Headers(scope=scope)
        if scope["type"] != "http" or headers.get("host") not in self.hosts:
            return PlainTextResponse("this host is not served here\n", status_code=421)
        if scope["path"].startswith(f"{_KEYED}{key_of(self.token)}/") and scope["method"] in _HARMLESS:
            return None
        if not self._is_ours(scope["method"], headers):
            return PlainTextResponse("this request comes from another site\n", status_code=403)
        cookies = _cookies(headers)
        set_language(_language(scope, cookies))
        _theme.set(theme if (theme := cookies.get("theme", "")) in ("light", "dark") else "")
        if hmac.compare_digest(cookies.get(self.cookie, "").encode(), self.token.encode()):
            return None
        return self._welcome(scope) or self._refusal()

    def _is_ours(self, method: str, headers: Headers) -> bool:
        """Whoever says where it comes from must come from us; whoever changes something must say it."""
        origin = headers.get("origin")
        if origin is None:
            return method in _HARMLESS
        return origin in self.origins and origin == f"http://{headers['host']}"

    def _welcome(self, scope: Scope) -> Response | None:
        """The printed address: keep its token in a cookie, and show an address without it."""
        given = QueryParams(scope["query_string"]).get("token", "")
        if scope["method"] not in _HARMLESS or not self._opens(given):
            return None
        answer = RedirectResponse("/" + scope["path"].lstrip("/"), status_code=303)
        answer.set_cookie(self.cookie, self.token, httponly=True, samesite="strict", path="/")
        return answer

    def _opens(self, given: str) -> bool:
        """The token does, whenever. The ticket stands in a browser's command line, where others may read it: once."""
        if self.ticket and hmac.compare_digest(given.encode(), self.ticket.encode()):
            self.ticket = ""
            return True
        return hmac.compare_digest(given.encode(), self.token.encode())

    def _refusal(self) -> HTMLResponse:
        return self.pages.page("locked.html", status=403)


def _cookies(headers: Headers) -> dict[str, str]:
    """Every cookie of the request; a malformed header is none."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def _language(scope: Scope, cookies: dict[str, str]) -> str:
    """`?lang=`, then the cookie it left, then the language of whoever started the studio."""
    wanted = QueryParams(scope["query_string"]).get("lang") or cookies.get("lang") or ""
    return supported(wanted) or current_language()
