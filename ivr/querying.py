"""Look-ups in databases as flows see them: a question, rows, or a failure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Row = Mapping[str, Any]
"""Column to value; JSON values only."""


@dataclass(frozen=True, slots=True)
class SqlQuestion:
    """`values` are bound to the `:names` of `sql`, never written into it."""

    database: str
    sql: str
    values: Mapping[str, Any] = field(default_factory=dict)
    timeout_s: float = 3.0


class QueryFailed(Exception):
    """No rows came: the database is away, too slow, or refuses the question."""


class Query(Protocol):
    async def __call__(self, question: SqlQuestion) -> Sequence[Row]:
        """The first rows, at most two. Raises QueryFailed."""


class History(Protocol):
    async def __call__(self, number: str, days: int) -> Row:
        """What earlier calls of that number say, see the node `identify`. Raises QueryFailed."""


async def no_database(question: SqlQuestion) -> Sequence[Row]:
    raise QueryFailed(f"there is no database {question.database}")


async def no_history(number: str, days: int) -> Row:
    raise QueryFailed(f"nothing is kept of the calls of {number} in {days} days")
