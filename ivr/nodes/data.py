"""data: look something up in a table, a file beside the flow."""

from typing import Annotated, Literal, Self

from pydantic import Field, PrivateAttr

from ivr.caller import Caller
from ivr.expressions import Computed
from ivr.mistakes import suggestion
from ivr.names import NodeName, VariableName
from ivr.node import Exit, FlowFault, Node
from ivr.placing import Surroundings
from ivr.tables import Rows, columns_of, read_table


class Data(Node):
    """The file is read with the flow: a change of it is a change of the flow."""

    kind: Literal["data"] = "data"
    table: Annotated[str, Field(min_length=1, max_length=200)]
    """A file beside the flow: *.csv, or *.json or *.yaml with a list of rows."""
    column: Annotated[str, Field(min_length=1, max_length=64)]
    """Where the key is looked for; no two rows may have the same."""
    key: Computed
    into: dict[VariableName, str] = Field(min_length=1, max_length=20)
    """Variables, and the columns that they take. They become null when there is no such row."""
    next: NodeName
    missing: NodeName
    """No row has that key."""

    _rows: Rows | None = PrivateAttr(None)

    def placed(self, around: Surroundings) -> Self:
        rows = read_table(around, ("table",), self.table, self.column)
        for name, column in self.into.items():
            if rows and column not in columns_of(rows):
                text = f"{self.table} has no column '{column}'"
                around.mistake(("into", name), text + suggestion(column, columns_of(rows)))
        placed = self.model_copy()
        placed._rows = rows
        return placed

    async def run(self, caller: Caller) -> Exit:
        if self._rows is None:
            raise FlowFault(f"the table {self.table} was not read")
        row = self._rows.get(self.key.text(caller.variables))
        for name, column in self.into.items():
            caller.variables[str(name)] = None if row is None else row.get(column)
        return Exit("next", self.next) if row is not None else Exit("missing", self.missing)
