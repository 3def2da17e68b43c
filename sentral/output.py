"""How commands print: tables for people, JSON for programs."""

import json
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import click

UNSEEN_WIDTH: Final = 200
"""Columns of a table that goes into a file or another program: nothing is cut off."""

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")


def print_json(data: object) -> None:
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", empty: str = ""
) -> None:
    """Columns whose name begins with ">" are aligned to the right. `empty`: said without rows."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal and "COLUMNS" not in os.environ:
        console.width = UNSEEN_WIDTH
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    if not cells and empty:
        console.print(Text(empty))
        return
    table = Table(
        title=title or None, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for column in columns:
        name = column.removeprefix(">")
        right = column != name
        table.add_column(name, justify="right" if right else "left", no_wrap=right)
    for row in cells:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def clock(utc: float | None) -> str:
    """A past instant in the reader's own time zone, "" if there was none."""
    if utc is None:
        return ""
    return f"{datetime.fromtimestamp(utc).astimezone():%Y-%m-%d %H:%M:%S}"


def clock_today(utc: float | None, now: datetime | None = None) -> str:
    """The time of day alone if it was today, as most of what one looks at; else with the date."""
    if utc is None:
        return ""
    moment = datetime.fromtimestamp(utc).astimezone()
    today = (now or datetime.now().astimezone()).date()
    return f"{moment:%H:%M:%S}" if moment.date() == today else f"{moment:%Y-%m-%d %H:%M}"


def span(seconds: float | None) -> str:
    """e.g. "0:07", "12:30", "1:02:03"; "" if unknown."""
    if seconds is None:
        return ""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"
