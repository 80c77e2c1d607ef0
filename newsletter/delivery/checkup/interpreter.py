"""Does this Python's own mail writer let a name add a header? Tried, not told by its version; ours must not."""

from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP

from newsletter.delivery.headers import address_header, raw_header, split_headers, text_header
from newsletter.errors import PermanentFailure
from newsletter.i18n import N_, _
from newsletter.model import Diagnosis, sound, wrong

_HOSTILE = "=?utf-8?q?x=0D=0ABcc:_v@x.test?="
_LINK = f"<https://example.org/{'u' * 90}>"


def check_interpreter() -> Diagnosis:
    """One line: what the standard library does with hostile input, and what we do."""
    holes = [_(name) for name, is_hole in _TRIALS.items() if _tried(is_hole)]
    if not _ours_holds():
        return wrong(
            "interpreter",
            _("our own header writer lets a name add a header on this Python"),
            _("send nothing, and report it with the version that python --version prints"),
        )
    if holes:
        return sound(
            "interpreter",
            _(
                "this Python's own mail writer fails: {holes}; ours does not, and nothing else is used",
                holes=", ".join(holes),
            ),
        )
    return sound("interpreter", _("neither this Python's own mail writer nor ours lets a name add a header"))


def _written(name: str, value: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message[name] = value
    return message.as_bytes()


def _adds_header_by_name() -> bool:
    return b"\nBcc:" in _written("To", f"{_HOSTILE} <ada@example.org>")


def _adds_header_by_title() -> bool:
    return b"\nBcc:" in _written("Subject", _HOSTILE)


def _encodes_link() -> bool:
    return b"=?" in _written("List-Unsubscribe", _LINK)


def _writes_long_lines() -> bool:
    message = EmailMessage(policy=SMTP)
    message.set_content("é" * 200, cte="quoted-printable")
    return any(len(line) > 76 for line in message.get_payload().splitlines())  # type: ignore[union-attr]


_TRIALS: dict[str, Callable[[], bool]] = {
    N_("a name adds a header"): _adds_header_by_name,
    N_("a title adds a header"): _adds_header_by_title,
    N_("a long unsubscribe link is encoded away"): _encodes_link,
    N_("lines are longer than 76"): _writes_long_lines,
}


def _tried(is_hole: Callable[[], bool]) -> bool:
    """An interpreter that refuses the input has no hole there."""
    try:
        return is_hole()
    except (ValueError, TypeError, LookupError):
        return False


def _ours_holds() -> bool:
    raw = address_header("To", "ada@example.org", _HOSTILE) + text_header("Subject", _HOSTILE)
    try:
        fields = split_headers(raw + raw_header("List-Unsubscribe", _LINK))
    except PermanentFailure:
        return False
    intended = [("To", f"{_HOSTILE} <ada@example.org>"), ("Subject", _HOSTILE), ("List-Unsubscribe", _LINK)]
    return fields == intended
