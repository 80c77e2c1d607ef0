import pytest

from newsletter.editorial.checks.size import LIMIT, NEAR
from tests.editorial.checks.lamp import HELLO, HTML, LEAVE, found, lamp

#: Bytes of the sound HTML once its merge fields hold their fallbacks.
SETTLED = len(HTML.replace(HELLO.token, " ").replace(LEAVE.token, "").encode())


def heavy(size: int) -> str:
    return HTML.replace("</body>", "x" * (size - SETTLED) + "</body>")


@pytest.mark.parametrize(
    ("size", "code"),
    [(NEAR, None), (NEAR + 1, "size-near-limit"), (LIMIT, "size-near-limit"), (LIMIT + 1, "size-over-limit")],
)
def test_a_mail_that_gmail_would_cut_is_an_error(size: int, code: str | None) -> None:
    inspection = lamp(html=heavy(size))
    assert [name for name in ("size-near-limit", "size-over-limit") if found(inspection, name)] == (
        [code] if code else []
    )


def test_bytes_are_counted_and_not_characters() -> None:
    html = HTML.replace("</body>", "é" * 50_000 + "</body>")
    assert found(lamp(html=html), "size-near-limit")
