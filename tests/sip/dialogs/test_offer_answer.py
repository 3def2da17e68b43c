"""Whose turn it is: one exchange at a time, and a refused offer never happened."""

import pytest

from sip.dialogs.offer_answer import OfferAnswer, Turn


def test_our_offer_and_their_answer() -> None:
    exchange = OfferAnswer()
    exchange.offer_sent()
    turns = [exchange.turn]
    exchange.answer_received()
    assert [*turns, exchange.turn] == [Turn.THEIRS, Turn.NOBODY]


def test_their_offer_and_our_answer() -> None:
    exchange = OfferAnswer()
    exchange.offer_received()
    turns = [exchange.turn]
    exchange.answer_sent()
    assert [*turns, exchange.turn] == [Turn.OURS, Turn.NOBODY]


def test_a_refused_offer_makes_room_for_the_next() -> None:
    exchange = OfferAnswer()
    exchange.offer_sent()
    exchange.rolled_back()
    exchange.offer_received()
    assert exchange.turn is Turn.OURS


@pytest.mark.parametrize("second", ["offer_sent", "offer_received", "answer_sent"])
def test_breaking_the_order_is_our_own_bug(second: str) -> None:
    exchange = OfferAnswer()
    exchange.offer_sent()
    with pytest.raises(AssertionError):
        getattr(exchange, second)()
