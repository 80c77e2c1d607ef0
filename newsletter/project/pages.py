"""Do the public pages answer where readers will look for them? The one question here that leaves by HTTP."""

import http.client
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from newsletter.i18n import _
from newsletter.model import Diagnosis, sound, wrong

_SECONDS = 5


class _NoRedirect(HTTPRedirectHandler):
    """A one-click unsubscription is not followed elsewhere (RFC 8058 §3.1): neither are we."""

    def redirect_request(self, *_arguments: object) -> None:
        return None


def check_pages(url: str) -> Diagnosis:
    """Ask for `/health`, which changes nothing."""
    try:
        with build_opener(_NoRedirect).open(Request(f"{url}/health"), timeout=_SECONDS) as answer:  # noqa: S310 - checked
            if answer.read(16) == b"ok\n":
                return sound("public", _("the public pages answer at {url}", url=url))
            reason = _("something else than newsletter serve answers")
    except HTTPError as error:
        reason = str(error.code)
        error.close()
    except (URLError, OSError, http.client.HTTPException) as error:
        reason = str(getattr(error, "reason", error))
    return wrong(
        "public",
        _("the public pages do not answer at {url}: {reason}", url=url, reason=reason),
        _("nobody could unsubscribe: start newsletter serve, and the proxy before it"),
    )
