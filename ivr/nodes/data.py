"""data: look something up, in a table beside the flow or in a database."""

import re
from collections.abc import Iterator
from typing import Annotated, Final, Literal, Self

from pydantic import Field, PrivateAttr, model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller
from ivr.entering import Plain, value_of
from ivr.expressions import Computed
from ivr.mistakes import suggestion
from ivr.names import DatabaseName, NodeName, VariableName
from ivr.node import Exit, FlowFault, Node
from ivr.placing import Surroundings
from ivr.querying import QueryFailed, Row, SqlQuestion
from ivr.tables import Rows, columns_of, read_table

_BOUND: Final = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
_READS: Final = re.compile(r"\s*(?:select|with)\b", re.IGNORECASE)


class Data(Node):
    """Either `table`, `column` and `key`: a file that is read with the flow, so that a change of it
    is a change of the flow. Or `database` and `sql`: a question to a database of the configuration,
    which must read only; its first row is taken.
    """

    kind: Literal["data"] = "data"
    table: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """A file beside the flow: *.csv, or *.json or *.yaml with a list of rows."""
    column: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """Where the key is looked for; no two rows may have the same."""
    key: Computed | None = None
    database: DatabaseName | None = None
    sql: Annotated[str, Field(min_length=1, max_length=2000)] | None = None
    """E.g. `select name from customers where id = :id`."""
    values: dict[str, Computed | Plain] = Field(default={}, max_length=20)
    """What is bound to the `:names` of `sql`; never written into its text."""
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 3.0
    into: dict[VariableName, str] = Field(min_length=1, max_length=20)
    """Variables, and the columns that they take. They become null when there is no such row."""
    next: NodeName
    missing: NodeName
    """There is no such row."""
    failed: NodeName | None = None
    """The database gave no answer; without it, the flow goes to `on_error`."""

    _rows: Rows | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        of_table = (self.table, self.column, self.key)
        of_database = (self.database, self.sql)
        if None not in of_table and of_database == (None, None):
            return self
        if None not in of_database and of_table == (None, None, None):
            return self
        raise PydanticCustomError(
            "source", "give either `table`, `column` and `key`, or `database` and `sql`"
        )

    def placed(self, around: Surroundings) -> Self:
        if self.sql is not None:
            for field, text in _complaints(self.sql, set(self.values)):
                around.mistake((field,), text)
            return self
        assert self.table is not None
        assert self.column is not None
        rows = read_table(around, ("table",), self.table, self.column)
        for name, column in self.into.items():
            if rows and column not in columns_of(rows):
                text = f"{self.table} has no column '{column}'"
                around.mistake(("into", name), text + suggestion(column, columns_of(rows)))
        placed = self.model_copy()
        placed._rows = rows
        return placed

    async def run(self, caller: Caller) -> Exit:
        try:
            row = self._looked_up(caller) if self.sql is None else await self._asked(caller)
        except QueryFailed as failure:
            self._take(caller, None)
            if self.failed is None:
                raise FlowFault(f"database {self.database}: {failure}") from failure
            return Exit("failed", self.failed)
        self._take(caller, row)
        return Exit("next", self.next) if row is not None else Exit("missing", self.missing)

    def _take(self, caller: Caller, row: Row | None) -> None:
        for name, column in self.into.items():
            caller.variables[str(name)] = None if row is None else row.get(column)

    def _looked_up(self, caller: Caller) -> Row | None:
        if self._rows is None or self.key is None:
            raise FlowFault(f"the table {self.table} was not read")
        return self._rows.get(self.key.text(caller.variables))

    async def _asked(self, caller: Caller) -> Row | None:
        values = {name: value_of(value, caller.variables) for name, value in self.values.items()}
        question = SqlQuestion(str(self.database), self.sql or "", values, self.timeout_s)
        rows = await caller.world.query(question)
        if not rows:
            return None
        for column in self.into.values():
            if column not in rows[0]:
                raise FlowFault(f"the answer of {self.database} has no column '{column}'")
        return rows[0]


def _complaints(sql: str, given: set[str]) -> Iterator[tuple[str, str]]:
    if not _READS.match(sql):
        yield "sql", "a flow only reads: the question begins with `select` or `with`"
    bound = set(_BOUND.findall(sql))
    for name in sorted(bound - given):
        yield "values", f"`:{name}` has no value; write `{name}: …` here"
    for name in sorted(given - bound):
        yield "values", f"`{name}` is not in the question{suggestion(name, bound)}"
