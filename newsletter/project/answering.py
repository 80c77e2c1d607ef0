"""Do the links of a letter answer? Asked on demand alone (`check --online`), and of public addresses only.

A link is somebody else's word: whoever writes one must not make this machine talk to its own network. A name is looked
up once, and the connection goes to the very address that was looked at, after every redirection again.
"""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from newsletter import __version__
from newsletter.editorial.checks.inspection import Inspection
from newsletter.editorial.checks.links import DEAD, SILENT, links_out
from newsletter.editorial.checks.rules import Rule
from newsletter.i18n import _, ngettext
from newsletter.mistakes import system_reason
from newsletter.model import Finding

#: Asked at once, seconds for each, and how often one answer may lead elsewhere.
_AT_ONCE, _SECONDS, _HOPS = 8, 10.0, 5
#: The page does not exist.
_GONE = (404, 410)
#: The page is elsewhere.
_MOVED = (301, 302, 303, 307, 308)

#: Says of an IP address whether it may be asked.
MayReach = Callable[[str], bool]


class _NotAskedError(OSError):
    """The address is of a private network."""


@dataclass(frozen=True)
class Trouble:
    """Why somebody who follows a link may not arrive."""

    rule: Rule
    #: In words.
    reason: str


class _Connection(http.client.HTTPConnection):
    """Goes to an address that may be asked, and to no other."""

    may_reach: MayReach

    def connect(self) -> None:
        """To the first of the host's addresses that answers. Raises OSError."""
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
        if not all(map(self.may_reach, addresses)):
            raise _NotAskedError
        self.sock = _first_that_answers(addresses, self.port)


class _EncryptedConnection(http.client.HTTPSConnection, _Connection):
    """The same, then TLS."""


_CONNECTIONS = {"http": _Connection, "https": _EncryptedConnection}


def is_public(address: str) -> bool:
    """True for an address of the internet: not of this machine, nor of a network behind it."""
    found = ip_address(address.partition("%")[0])
    return (getattr(found, "ipv4_mapped", None) or found).is_global


def check_answers(inspection: Inspection, *, may_reach: MayReach = is_public) -> Iterator[Finding]:
    """A finding for each link whose page is gone, or whose site does not answer; in the order of the letter."""
    links = links_out(inspection)
    troubles = ask(list(links), may_reach=may_reach)
    if len(links) > 1 and all(troubles.get(url) == _no_host() for url in links):
        message = ngettext(
            "{n} link was not asked: no host is known", "{n} links were not asked: no host is known", len(links)
        )
        yield SILENT.found(message, hint=_("is this machine online? then ask again"))
        return
    for url, (place, block) in links.items():
        if trouble := troubles.get(url):
            message = _("The link {url} does not answer: {reason}.", url=url, reason=trouble.reason)
            hint = _("open it in a browser; correct it, or take it out")
            yield trouble.rule.found(message, place=place, block=block, hint=hint)


def ask(urls: list[str], *, may_reach: MayReach = is_public) -> Mapping[str, Trouble]:
    """The trouble with each address that has one; several are asked at once."""
    with ThreadPoolExecutor(_AT_ONCE) as crowd:
        speaking = [copy_context() for _url in urls]  # a thread would speak the language of nobody
        found = crowd.map(lambda each, url: each.run(_trouble, url, may_reach), speaking, urls)
        return {url: trouble for url, trouble in zip(urls, found, strict=True) if trouble}


def _no_host() -> Trouble:
    return Trouble(SILENT, _("there is no such host, or no network here"))


def _trouble(url: str, may_reach: MayReach) -> Trouble | None:
    try:
        status = _status(url, may_reach)
    except _NotAskedError:
        return Trouble(SILENT, _("its address is of a private network, which readers do not reach"))
    except socket.gaierror:
        return _no_host()
    except ssl.SSLCertVerificationError as error:
        return Trouble(SILENT, _("its certificate is not valid: {reason}", reason=error.verify_message))
    except TimeoutError:
        return Trouble(SILENT, _("no answer within {n} seconds", n=int(_SECONDS)))
    except OSError as error:
        return Trouble(SILENT, system_reason(error))
    except (http.client.HTTPException, ValueError) as error:
        return Trouble(SILENT, str(error) or type(error).__name__)
    if status in _GONE:
        return Trouble(DEAD, str(status))
    # A site that lets no program in (401, 403, 429) may well let a reader in.
    return Trouble(SILENT, str(status)) if status >= 500 or status in _MOVED else None


def _status(url: str, may_reach: MayReach) -> int:
    """What the page at the end of the redirections is answered with; of a circle, the last redirection."""
    status = 0
    for _hop in range(_HOPS):
        status, target = _answer(url, may_reach)
        if status not in _MOVED or not target:
            return status
        url = urljoin(url, target)
    return status


def _answer(url: str, may_reach: MayReach) -> tuple[int, str]:
    """The status and the Location of one answer; its body stays unread."""
    parts = urlsplit(url)
    if parts.scheme not in _CONNECTIONS or not parts.hostname:
        raise ValueError(_("it leads to {url}, which is no page of the web", url=url))
    connection = _CONNECTIONS[parts.scheme](_ascii(parts.hostname), parts.port, timeout=_SECONDS)
    connection.may_reach = may_reach
    try:
        connection.request(
            "GET", _asked(parts), headers={"User-Agent": f"newsletter/{__version__}", "Accept": "text/html, */*"}
        )
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location", "")
    finally:
        connection.close()


def _asked(parts: SplitResult) -> str:
    """Path and query as a request has them: what is not ASCII encoded, what is encoded left alone."""
    query = f"?{parts.query}" if parts.query else ""
    return quote(f"{parts.path or '/'}{query}", safe="/%:?@!$&'()*+,;=~-._[]")


def _ascii(host: str) -> str:
    """As the DNS has it (RFC 5891)."""
    return host if host.isascii() else host.encode("idna").decode()


def _first_that_answers(addresses: list[str], port: int) -> socket.socket:
    *others, last = addresses
    for address in others:
        with suppress(OSError):  # of several, another may answer
            return socket.create_connection((address, port), _SECONDS)
    return socket.create_connection((last, port), _SECONDS)
