"""Surrogates: stable for a key, meaningless without it."""

import pytest

from calls.parties import Parties
from events.ids import PartyId


def test_a_number_keeps_its_surrogate_and_is_remembered_beside_it() -> None:
    remembered: list[tuple[PartyId, str, str]] = []
    parties = Parties(b"k" * 16, lambda *told: remembered.append(told))
    party = parties.party("+62812", "Ayu")
    assert parties.party("+62812", "Ayu") == party
    assert remembered[0] == (party, "+62812", "Ayu")
    assert "62812" not in party


def test_another_key_or_number_gives_another_surrogate() -> None:
    ours = Parties(b"k" * 16, lambda *_: None)
    theirs = Parties(b"x" * 16, lambda *_: None)
    assert len({ours.party("1"), ours.party("2"), theirs.party("1")}) == 3


def test_a_short_key_is_a_mistake_of_ours() -> None:
    with pytest.raises(AssertionError):
        Parties(b"short", lambda *_: None)
