"""The customers file: who is calling, by number. A CSV with at least the column `number`."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from calls.problems import UnreadableFile

_TRUE = frozenset({"yes", "true", "1", "y"})


class Customers:
    """Rows by number. `vip` becomes a bool; every other column stays text."""

    def __init__(self, rows: Mapping[str, Mapping[str, Any]], columns: tuple[str, ...]) -> None:
        self._rows = rows
        self._unknown = {**dict.fromkeys(columns, ""), "vip": False}

    @classmethod
    def empty(cls) -> "Customers":
        return cls({}, ("number", "name"))

    @classmethod
    def read(cls, path: Path) -> "Customers":
        """Read a UTF-8 CSV file.

        Raises:
            UnreadableFile: it is missing, not UTF-8, or has no column `number`.
        """
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                columns = tuple(reader.fieldnames or ())
                rows = [dict(row) for row in reader]
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise UnreadableFile(path, str(error)) from error
        if "number" not in columns:
            raise UnreadableFile(path, "the first line must name a column `number`")
        return cls({significant(row["number"] or ""): _typed(row) for row in rows}, columns)

    def find(self, number: str) -> Mapping[str, Any]:
        """The customer's row; for strangers all columns are empty and `vip` is false."""
        return self._rows.get(significant(number), self._unknown)


def significant(number: str) -> str:
    """Digits only, without international prefix: +62 812 and 0062812 are one caller."""
    digits = "".join(letter for letter in number if letter.isascii() and letter.isdigit())
    return digits.removeprefix("00")


def _typed(row: Mapping[str | Any, Any]) -> Mapping[str, Any]:
    texts = {name: value or "" for name, value in row.items() if isinstance(name, str)}
    return {**texts, "vip": texts.get("vip", "").strip().lower() in _TRUE}
