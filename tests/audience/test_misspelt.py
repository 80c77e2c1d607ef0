"""A slip of the keyboard in a domain is noticed; a real domain is left alone."""

import pytest

from newsletter.audience.misspelt import Domains, meant_domain
from newsletter.model import Doubt, ImportRow


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmaill.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.fr", "gmail.com"),
        ("hotmial.fr", "hotmail.fr"),
        ("hotmal.be", "hotmail.be"),
        ("outlok.com", "outlook.com"),
        ("yaho.fr", "yahoo.fr"),
        ("ornage.fr", "orange.fr"),
        ("laposte.ne", "laposte.net"),
        ("skynet.de", "skynet.be"),
    ],
)
def test_one_wrong_missing_doubled_or_exchanged_letter_is_noticed(typed: str, meant: str) -> None:
    assert meant_domain(typed) == meant


REAL = """
gmail.com mail.com ymail.com hotmail.fr hotmail.be hotmail.de outlook.de yahoo.de orange.be free.fr sfr.fr
imagine-magazine.com example.org gmx.fr uclouvain.be mailo.com hotmail.co.uk me.com
"""


@pytest.mark.parametrize("domain", REAL.split())
def test_a_real_domain_is_left_alone(domain: str) -> None:
    assert meant_domain(domain) == ""


def test_a_domain_is_told_once_with_its_first_line_and_how_many_it_has() -> None:
    domains = Domains()
    addresses = ("a@example.org", "b@gmial.com", "c@gmail.com", "d@gmial.com", "e@hotmial.fr")
    rows = [ImportRow(line, email) for line, email in enumerate(addresses, start=2)]
    assert list(domains.watching(rows)) == rows
    assert list(domains.doubts()) == [
        Doubt(domain="gmial.com", meant="gmail.com", line=3, number=2),
        Doubt(domain="hotmial.fr", meant="hotmail.fr", line=6, number=1),
    ]
