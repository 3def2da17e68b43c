"""Agents' schedules: a CSV of dated shifts, and whether all of it fits together."""

import csv
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from calls.schedule_settings import OFF, DatedShift
from config.settings import Settings
from events.adherence import WORK
from ivr.mistakes import Mistake, suggestion
from ivr.yaml_lines import Place

COLUMNS: Final = ("agent", "day", "hours", "activity", "zone")
MOST_ROWS: Final = 200_000


def dated_shifts_in(
    path: Path, settings: Settings, mistakes: list[Mistake]
) -> tuple[DatedShift, ...]:
    """Those of a UTF-8 CSV file; what is wrong with it joins `mistakes`, by its line."""
    found: list[DatedShift] = []
    wrong: list[tuple[int, str, str]] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = set(reader.fieldnames or ())
            if not {"agent", "day"} <= columns <= set(COLUMNS):
                text = f"the first line should name the columns {', '.join(COLUMNS)}"
                wrong.append((1, "", text))
                reader = csv.DictReader(())
            for row in islice(reader, MOST_ROWS):
                shift = _shift(row)
                if isinstance(shift, DatedShift):
                    found.append(shift)
                    faults = _mistakes_of(shift, settings)
                    wrong += ((reader.line_num, *fault) for fault in faults)
                else:
                    wrong.append((reader.line_num, "", shift))
            if next(reader, None) is not None:
                text = f"more than {MOST_ROWS} rows; keep a year at most"
                wrong.append((reader.line_num, "", text))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        wrong.append((1, "", f"cannot be read: {error}"))
    mistakes += (Mistake(str(path), *each) for each in wrong)
    return tuple(found) if not wrong else ()


def _shift(row: dict[str | Any, str | Any]) -> DatedShift | str:
    """Of a row; or what is wrong with it."""
    if None in row:
        return "has more values than there are columns"
    given = {name: value.strip() for name, value in row.items() if value}
    try:
        return DatedShift(**({"agent": "", "day": ""} | given))
    except ValueError as error:
        return str(error)


def schedule_mistakes(settings: Settings) -> Iterator[tuple[Place, str]]:
    """Of what the configuration file itself says; that of the CSV has been looked at."""
    for name, agent in settings.agents.items():
        if agent.shift and agent.shift not in settings.shifts:
            near = suggestion(agent.shift, settings.shifts)
            yield ("agents", name, "shift"), f"there is no shift '{agent.shift}'{near}"
    for name, shift in settings.shifts.items():
        for pause in shift.pauses:
            place = ("shifts", name, "pauses", pause)
            yield from ((place, text) for text in _activity(pause, settings))
    for index, dated in enumerate(settings.dated_shifts):
        for column, text in _mistakes_of(dated, settings):
            yield ("dated_shifts", index, column), text


def _mistakes_of(shift: DatedShift, settings: Settings) -> Iterator[tuple[str, str]]:
    agent = settings.agents.get(shift.agent)
    if agent is None:
        near = suggestion(shift.agent, settings.agents)
        yield "agent", f"there is no agent '{shift.agent}'{near}"
    elif not shift.zone and not agent.shift:
        yield "zone", f"agent '{shift.agent}' has no shift, so the entry needs a zone"
    if shift.activity not in (WORK, OFF):
        yield from (("activity", text) for text in _activity(shift.activity, settings))


def _activity(name: str, settings: Settings) -> Iterator[str]:
    reasons = settings.calls.not_available_reasons
    if name not in reasons:
        yield f"'{name}' is none of `calls.not_available_reasons`{suggestion(name, reasons)}"
