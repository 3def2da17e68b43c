"""What lies outside of a call, as its flow sees it: `ivr.world.World`."""

import hashlib
from collections.abc import Mapping
from typing import Any

from calls.call import Call
from events.notes import FlowNoted
from events.surveys import SurveyAnswered, SurveyUnanswered
from ivr.fetching import Fetch
from ivr.lockouts import Lockouts
from ivr.messages import Messages
from ivr.querying import History, Query


class FlowWorld:
    def __init__(self, call: Call) -> None:
        self._call = call

    @property
    def fetch(self) -> Fetch:
        return self._call.services.outside.http

    @property
    def query(self) -> Query:
        return self._call.services.outside.query

    @property
    def history(self) -> History:
        return self._call.services.outside.history

    @property
    def lockouts(self) -> Lockouts:
        return self._call.services.outside.lockouts

    @property
    def messages(self) -> Messages:
        return self._call.services.voicemail

    def utc(self) -> float:
        return self._call.services.utc()

    def lot(self, name: str) -> float:
        return lot_of(self._call.id, name)

    def customer_of(self, number: str) -> Mapping[str, Any]:
        return self._call.services.customers.find(number)

    def note(self, name: str, values: Mapping[str, Any]) -> None:
        self._call.happened(FlowNoted(self._call.id, name, values))

    def rated(self, survey: str, question: str, scale: str, score: int | None) -> None:
        call = self._call
        if score is None:
            call.happened(SurveyUnanswered(call.id, survey, question))
        else:
            call.happened(SurveyAnswered(call.id, survey, question, scale, score))


def lot_of(call: str, name: str) -> float:
    """From 0 up to 1, even over calls, and the same whenever it is asked."""
    return int.from_bytes(hashlib.sha256(f"{call}\n{name}".encode()).digest()[:6]) / 2**48
