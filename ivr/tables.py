"""Tables in files beside a flow: CSV with a first line of names, or JSON or YAML of rows."""

import csv
import io
import json
from collections.abc import Mapping
from typing import Any, Final

from ivr.placing import Surroundings
from ivr.yaml_lines import Place, YamlProblems, read_yaml

MAX_ROWS: Final = 100_000

Row = Mapping[str, Any]
Rows = Mapping[str, Row]
"""By the text of the key's column."""


class TableProblem(Exception):
    """The file is no table."""


def read_table(around: Surroundings, place: Place, name: str, column: str) -> Rows | None:
    """The rows of a file by one of their columns; None, and a mistake, when it is no such table."""
    content = around.content(place, name)
    if content is None:
        return None
    try:
        return _by(column, _rows(name, content))
    except TableProblem as problem:
        around.mistake(place, f"{name}: {problem}")
        return None


def columns_of(rows: Rows) -> frozenset[str]:
    return frozenset().union(*(row.keys() for row in rows.values()))


def _rows(name: str, content: bytes) -> list[dict[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableProblem(f"is no UTF-8 text: {error}") from error
    if name.endswith(".csv"):
        return _from_csv(text)
    if name.endswith(".json"):
        return _from_value(_from_json(text))
    if name.endswith((".yaml", ".yml")):
        try:
            return _from_value(read_yaml(text).value)
        except YamlProblems as error:
            raise TableProblem(str(error)) from error
    raise TableProblem("the name must end in .csv, .json or .yaml")


def _from_csv(text: str) -> list[dict[str, Any]]:
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
    except csv.Error as error:
        raise TableProblem(str(error)) from error
    return [{name: value or "" for name, value in row.items() if name} for row in rows]


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise TableProblem(f"is no JSON: {error}") from error


def _from_value(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise TableProblem("should be a list of rows, each a mapping of columns to values")
    return value


def _by(column: str, rows: list[dict[str, Any]]) -> Rows:
    if len(rows) > MAX_ROWS:
        raise TableProblem(f"has more than {MAX_ROWS} rows")
    found: dict[str, Row] = {}
    for number, row in enumerate(rows, start=1):
        if column not in row:
            raise TableProblem(f"row {number} has no column '{column}'")
        key = str(row[column]).strip()
        if key in found:
            raise TableProblem(f"row {number}: '{key}' is in column '{column}' twice")
        found[key] = row
    return found
