"""The world around a fake caller: a clock that stands, lots and answers as a test wants them."""

from collections.abc import Mapping, Sequence
from typing import Any

from ivr.fetching import FetchFailed, HttpAnswer, HttpQuestion
from ivr.lockouts import Lockouts
from ivr.querying import QueryFailed, Row, SqlQuestion
from ivr.rehearsal.messages import RehearsalMessages


class FakeWorld:
    """Attributes: what was `asked` by HTTP, `noted` and `ratings`, in order."""

    def __init__(
        self,
        *,
        now_utc: float = 0.0,
        lots: float = 0.0,
        answers: Sequence[HttpAnswer | FetchFailed] = (),
        customers: Mapping[str, Mapping[str, Any]] | None = None,
        rows: Sequence[Row] | None = None,
        history: Row | None = None,
    ) -> None:
        self.lockouts = Lockouts()
        self.messages = RehearsalMessages(full=False)
        self.now_utc = now_utc
        self.lots = lots
        self.asked: list[HttpQuestion] = []
        self.noted: list[tuple[str, Mapping[str, Any]]] = []
        self.ratings: list[tuple[str, str, str, int | None]] = []
        self._answers = list(answers)
        self._customers = customers or {}
        self.questions: list[SqlQuestion] = []
        self._rows = rows
        self._history = history

    async def fetch(self, question: HttpQuestion) -> HttpAnswer:
        self.asked.append(question)
        answer = self._answers.pop(0) if self._answers else FetchFailed("unreachable", "nobody")
        if isinstance(answer, FetchFailed):
            raise answer
        return answer

    async def query(self, question: SqlQuestion) -> Sequence[Row]:
        self.questions.append(question)
        if self._rows is None:
            raise QueryFailed("away")
        return self._rows

    async def history(self, number: str, days: int) -> Row:
        if self._history is None:
            raise QueryFailed("away")
        return {**self._history, "asked": [number, days]}

    def utc(self) -> float:
        return self.now_utc

    def lot(self, name: str) -> float:
        return self.lots

    def customer_of(self, number: str) -> Mapping[str, Any]:
        return self._customers.get(number, {"number": "", "vip": False})

    def note(self, name: str, values: Mapping[str, Any]) -> None:
        self.noted.append((name, values))

    def rated(self, survey: str, question: str, scale: str, score: int | None) -> None:
        self.ratings.append((survey, question, scale, score))
