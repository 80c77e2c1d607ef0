"""What the DNS says of a domain, and what doctor makes of it."""

from contextlib import contextmanager

import pytest

from newsletter.delivery.checkup.directory import Directory, Unanswered
from newsletter.delivery.checkup.records import check_dmarc, check_exchange, check_key, check_names, is_aligned
from newsletter.delivery.checkup.spf import check_spf
from newsletter.delivery.dkim import SigningKey
from newsletter.errors import UsageError
from tests.name_server import NameServer

KEY = SigningKey(domain="a.example", selector="s", algorithm="rsa-sha256", public="QUJD", sign=bytes)
KEY_NAME = "s._domainkey.a.example"


@contextmanager
def directory(zone, **kind):
    with NameServer(zone, **kind) as server:
        yield Directory(server.address, timeout_seconds=0.4)


def spf(record, zone=None, *, relay=()):
    records = {"a.example": {"TXT": [f'"{one}"' for one in ([record] if isinstance(record, str) else record)]}}
    with directory({**records, **(zone or {})}) as asked:
        return list(check_spf(asked, domain="a.example", relay=relay))


@pytest.mark.parametrize(
    ("record", "levels"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", ["ok"]),
        ("V=SPF1 ip4:192.0.2.1 ~ALL", ["ok"]),
        (["unrelated", "v=spf1 mx -all"], ["ok"]),
        ([], ["error"]),
        ("v=spf10 -all", ["error"]),
        (["v=spf1 -all", "v=spf1 ~all"], ["error"]),
        ("v=spf1 +all", ["error"]),
        ("v=spf1 ?all", ["error"]),
        ("v=spf1 ip4:192.0.2.1", ["warning"]),
        ("v=spf1 ip4:not-a-network ip6:::1/999 exists:%{i}.x.example -all", ["ok"]),
    ],
)
def test_an_spf_record_is_read_as_a_receiver_would(record, levels):
    assert [one.level for one in spf(record)] == levels


def test_spf_follows_includes_to_the_relay():
    zone = {
        "spf.relay.example": {"TXT": ['"v=spf1 ip4:198.51.100.0/24 a:out.relay.example mx:relay.example -all"']},
        "out.relay.example": {"A": ["203.0.113.7"]},
        "relay.example": {"MX": ["10 in.relay.example."]},
        "in.relay.example": {"AAAA": ["2001:db8::1"]},
    }
    for known in ("198.51.100.9", "203.0.113.7", "2001:db8::1"):
        assert [one.level for one in spf("v=spf1 include:spf.relay.example -all", zone, relay=[known])] == ["ok"]
    stranger = spf("v=spf1 include:spf.relay.example -all", zone, relay=["192.0.2.77"])
    assert [one.level for one in stranger] == ["ok", "warning"]


def test_spf_that_redirects_ends_as_the_other_record_does():
    zone = {"b.example": {"TXT": ['"v=spf1 ip4:192.0.2.1 -all"']}}
    assert [one.level for one in spf("v=spf1 redirect=b.example", zone, relay=["192.0.2.1"])] == ["ok"]


def test_spf_that_asks_too_much_or_itself_is_to_mend():
    found = spf("v=spf1 include:a.example -all")
    assert [one.level for one in found] == ["error", "ok"]
    assert "more than 10" in found[0].message


@pytest.mark.parametrize(
    ("records", "level", "words"),
    [
        (["v=DKIM1; k=rsa; p=QUJD"], "ok", "our key"),
        (["p=QU JD"], "ok", "our key"),
        ([], "error", "does not show"),
        (["v=DKIM1; p=QUJE"], "error", "another key"),
        (["v=DKIM1; p="], "error", "revoked"),
        (["v=DKIM1; p=QUJD", "v=DKIM1; p=QUJE"], "error", "2 keys"),
        (["v=DKIM1; t=y:s; p=QUJD"], "warning", "test"),
    ],
)
def test_the_key_in_the_dns_must_be_ours(records, level, words):
    with directory({KEY_NAME: {"TXT": [f'"{record}"' for record in records]}}) as asked:
        found = check_key(asked, KEY)
    assert (found.level, words in found.message) == (level, True)


@pytest.mark.parametrize(
    ("zone", "level"),
    [
        ({"_dmarc.news.a.example": "v=DMARC1; p=reject"}, "ok"),
        ({"_dmarc.a.example": "v=DMARC1;p=none"}, "ok"),
        ({"_dmarc.a.example": "v=DMARC1; rua=mailto:x@a.example"}, "error"),
        ({"_dmarc.a.example": "p=none"}, "error"),
        ({"_dmarc.example": "v=DMARC1; p=none"}, "error"),
        ({}, "error"),
    ],
)
def test_dmarc_is_looked_for_at_the_domain_and_above(zone, level):
    with directory({name: {"TXT": [f'"{record}"']} for name, record in zone.items()}) as asked:
        assert check_dmarc(asked, domain="news.a.example", vouching=["a.example"]).level == level


def test_a_policy_that_nothing_of_ours_satisfies_is_to_mend():
    for policy, level in (("none", "warning"), ("reject", "error")):
        with directory({"_dmarc.a.example": {"TXT": [f'"v=DMARC1; p={policy}"']}}) as asked:
            assert check_dmarc(asked, domain="a.example", vouching=["relay.example", ""]).level == level


def test_a_domain_is_aligned_with_itself_and_its_own():
    assert is_aligned("News.a.example", "a.example")
    assert is_aligned("a.example", "bounce.a.example")
    assert not is_aligned("a.example", "ba.example")
    assert not is_aligned("a.example", "")


@pytest.mark.parametrize(
    ("records", "level"),
    [
        ({"MX": ["10 mx.a.example."]}, "ok"),
        ({"A": ["192.0.2.1"]}, "ok"),
        ({"MX": ["0 ."]}, "error"),
        ({"MX": ["10 nowhere.example."]}, "error"),
        ({}, "error"),
    ],
)
def test_somebody_must_take_answers_and_bounces(records, level):
    with directory({"a.example": records, "mx.a.example": {"A": ["192.0.2.9"]}}) as asked:
        assert check_exchange(asked, domain="a.example").level == level


@pytest.mark.parametrize(("back", "level"), [("192.0.2.5", "ok"), ("192.0.2.6", "warning")])
def test_the_relays_name_must_lead_back_to_its_address(back, level):
    zone = {
        "relay.example": {"A": ["192.0.2.5"]},
        "5.2.0.192.in-addr.arpa": {"PTR": ["out.relay.example."]},
        "out.relay.example": {"A": [back]},
    }
    with directory(zone) as asked:
        assert check_names(asked, host="relay.example").level == level
        assert check_names(asked, host="gone.example").level == "error"


def test_a_silent_dns_is_asked_once():
    with NameServer({}, silent=["a.example", "b.example"]) as server:
        asked = Directory(server.address, timeout_seconds=0.3)
        for name in ("a.example", "b.example"):
            with pytest.raises(Unanswered):
                asked.texts(name)
        assert asked.silent
        assert {line.split()[0] for line in server.asked} == {"a.example."}


def test_one_broken_domain_does_not_silence_the_others():
    with directory({"b.example": {"TXT": ['"x"']}}, broken=["a.example"]) as asked:
        with pytest.raises(Unanswered):
            asked.texts("a.example")
        assert asked.texts("b.example") == ["x"]


@pytest.mark.parametrize("server", ["dns.example", "1.2.3", "9.9.9.9:many", ":::"])
def test_a_name_server_is_given_by_its_address(server):
    with pytest.raises(UsageError):
        Directory(server)
