"""Nonces: signed, aging, counted, and bounded in memory."""

import random

import pytest

from sip.nonces import Nonces, NonceState


def make(**changed: float) -> Nonces:
    return Nonces(random.Random(1), expiry_s=300.0, max_used=int(changed.get("max_used", 3)))


def test_a_nonce_ages() -> None:
    nonces = make()
    nonce = nonces.make(1000.0)
    assert nonces.state(nonce, 1000.0) is NonceState.FRESH
    assert nonces.state(nonce, 1299.9) is NonceState.FRESH
    assert nonces.state(nonce, 1300.1) is NonceState.STALE


@pytest.mark.parametrize("forged", ["", "x", "-", "1000000-00-00", "é-é-é", "999999999999-aa-bb"])
def test_what_we_did_not_sign_is_unknown(forged: str) -> None:
    assert make().state(forged, 1000.0) is NonceState.UNKNOWN


def test_a_moved_time_stamp_breaks_the_signature() -> None:
    nonces = make()
    nonce = nonces.make(1000.0)
    assert nonces.state(nonce.replace("1000000", "2000000", 1), 2000.0) is NonceState.UNKNOWN


def test_nonces_of_another_server_are_unknown() -> None:
    theirs = Nonces(random.Random(2)).make(0.0)
    assert make().state(theirs, 0.0) is NonceState.UNKNOWN


def test_a_count_is_good_once_and_only_upwards() -> None:
    nonces = make()
    nonce = nonces.make(0.0)
    assert nonces.use(nonce, "00000001", 1.0)
    assert not nonces.use(nonce, "00000001", 1.0)
    assert nonces.use(nonce, "0000000A", 1.0)
    assert not nonces.use(nonce, "00000009", 1.0)
    assert not nonces.use(nonce, None, 1.0)


@pytest.mark.parametrize("count", ["", "1", "0000000g", "-0000001", "000000001", "0x000001", "00000000"])  # fmt: skip # noqa: E501
def test_counts_that_are_not_eight_digits_above_zero_are_refused(count: str) -> None:
    nonces = make()
    assert not nonces.use(nonces.make(0.0), count, 0.0)


def test_without_a_count_a_nonce_is_good_once() -> None:
    nonces = make()
    nonce = nonces.make(0.0)
    assert nonces.use(nonce, None, 0.0)
    assert not nonces.use(nonce, None, 0.0)


def test_a_nonce_whose_count_was_forgotten_is_stale_not_new() -> None:
    nonces = make(max_used=2)
    made = [nonces.make(float(at)) for at in range(4)]
    for nonce in made[:3]:
        assert nonces.use(nonce, "00000001", 5.0)
    assert nonces.state(made[0], 5.0) is NonceState.STALE  # pushed out: could be a replay
    assert nonces.state(made[1], 5.0) is NonceState.FRESH
    assert nonces.state(made[3], 5.0) is NonceState.FRESH
