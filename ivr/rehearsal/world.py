"""The world around a rehearsed call, as its script gives it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ivr.fetching import FetchFailed, HttpAnswer, HttpQuestion
from ivr.lockouts import Lockouts
from ivr.querying import QueryFailed, Row, SqlQuestion
from ivr.rehearsal.messages import RehearsalMessages
from ivr.rehearsal.script import Given


class RehearsalWorld:
    """`ivr.world.World`; a call of its own, so lock-outs begin anew with each.

    Attributes:
        noted, ratings: what the flow wrote down, in order.
        problems: look-ups that were not the expected ones.
    """

    def __init__(self, given: Given, now: Callable[[], float]) -> None:
        self.lockouts = Lockouts()
        self.messages = RehearsalMessages(full=given.mailbox_full)
        self.noted: list[tuple[str, Mapping[str, Any]]] = []
        self.ratings: list[tuple[str, int | None]] = []
        self.problems: list[str] = []
        self._began_at = datetime.fromisoformat(given.at).timestamp()
        self._given = given
        self._now = now
        self._answers = list(given.http)
        self._rows = list(given.sql)

    @property
    def unasked(self) -> int:
        return len(self._answers) + len(self._rows)

    async def fetch(self, question: HttpQuestion) -> HttpAnswer:
        if not self._answers:
            raise FetchFailed("unreachable", "the test answers no more look-ups")
        step = self._answers.pop(0)
        if step.url and question.url.partition("?")[0] != step.url:
            self.problems.append(f"http: asked for {question.url}, expected {step.url}")
        if step.fails:
            raise FetchFailed(step.fails, "the test lets it fail")
        return HttpAnswer(step.status, step.answer)

    async def query(self, question: SqlQuestion) -> Sequence[Row]:
        if not self._rows:
            raise QueryFailed("the test answers no more questions")
        step = self._rows.pop(0)
        if step.database and step.database != question.database:
            self.problems.append(f"sql: asked {question.database}, expected {step.database}")
        if step.fails:
            raise QueryFailed("the test lets it fail")
        return [] if step.row is None else [step.row]

    async def history(self, number: str, days: int) -> Row:
        return self._given.history or {}

    def utc(self) -> float:
        return self._began_at + self._now()

    def lot(self, name: str) -> float:
        return self._given.lot

    def customer_of(self, number: str) -> Mapping[str, Any]:
        for row in self._given.customers:
            if str(row.get("number", "")) == number:
                return {"vip": False, **row}
        return {"number": "", "name": "", "vip": False}

    def note(self, name: str, values: Mapping[str, Any]) -> None:
        self.noted.append((name, values))

    def rated(self, survey: str, question: str, scale: str, score: int | None) -> None:
        self.ratings.append((question, score))
