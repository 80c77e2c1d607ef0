"""A seal is HMAC-SHA256, whatever the key."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from newsletter.hmac_sha256 import hmac_sha256


@given(st.binary(max_size=200), st.lists(st.binary(max_size=200), max_size=3))
def test_a_seal_is_what_the_standard_library_makes(key: bytes, messages: list[bytes]) -> None:
    seal = hmac_sha256(key)
    assert [seal(octets) for octets in messages] == [hmac.digest(key, octets, "sha256") for octets in messages]
