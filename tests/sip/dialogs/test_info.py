"""Keys in INFO bodies, and that no body does worse than a 400."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from sip.dialogs.info import MAX_DURATION_MS, PLAIN_TYPE, RELAY_TYPE, read_key
from sip.dialogs.leg_events import KeyByInfo
from sip.errors import MalformedMessage


@given(st.binary(max_size=600), st.sampled_from([PLAIN_TYPE, RELAY_TYPE]))
def test_any_body_is_a_key_or_malformed(body: bytes, kind: str) -> None:
    with suppress(MalformedMessage):
        event = read_key(body, kind)
        assert event.key in "0123456789*#ABCD"
        assert 0 < event.duration_ms <= MAX_DURATION_MS


@given(st.sampled_from("0123456789*#ABCDabcd"), st.integers(1, MAX_DURATION_MS))
def test_every_key_is_read(key: str, duration_ms: int) -> None:
    body = f"Signal={key}\r\nDuration={duration_ms}\r\n".encode()
    assert read_key(body, RELAY_TYPE) == KeyByInfo(key.upper(), duration_ms)


def test_a_duration_without_end_is_cut() -> None:
    assert read_key(b"Signal=1\r\nDuration=9999999", RELAY_TYPE).duration_ms == MAX_DURATION_MS
