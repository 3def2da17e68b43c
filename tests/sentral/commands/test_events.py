"""sentral events export"""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from events.codec import from_json
from tests.sentral.past_days import Visit, store_with
from tests.sentral.running import configuration, run

DAY = ("--from", "2026-03-02", "--to", "2026-03-03")


@pytest.fixture
def config(tmp_path: Path) -> str:
    visits = [
        Visit("2026-03-02T09:00", 3, 60),
        Visit("2026-03-02T10:00", 9, None, queue="sales"),
        Visit("2026-03-03T09:00", 3, 60),
    ]
    return str(configuration(tmp_path, store=store_with(tmp_path, visits)))


def exported(config: str, *arguments: str) -> list[Any]:
    result = run("events", "export", "--config", config, *DAY, *arguments)
    assert result.exit_code == 0, result.output
    return [from_json(line).event for line in result.stdout.splitlines()]


def test_a_day_as_lines_of_json(config: str) -> None:
    assert [event.kind for event in exported(config)] == [
        *("CallQueued", "QueueAnswered", "QueueCallHandled"),
        *("CallQueued", "CallAbandoned"),
    ]


@pytest.mark.parametrize(
    ("arguments", "kinds"),
    [
        (
            ("--kind", "CallAbandoned", "--kind", "QueueAnswered"),
            ["QueueAnswered", "CallAbandoned"],
        ),
        (("--queue", "sales"), ["CallQueued", "CallAbandoned"]),
        (("--agent", "1"), ["QueueAnswered", "QueueCallHandled"]),
        (("--call", "c-1", "--kind", "CallQueued"), ["CallQueued"]),
        (("--call", "nobody"), []),
    ],
)
def test_only_what_is_asked_for(config: str, arguments: tuple[str, ...], kinds: list[str]) -> None:
    assert [event.kind for event in exported(config, *arguments)] == kinds


def test_a_file_of_csv(config: str, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    arguments = ("--format", "csv", "--output", str(file))
    assert exported(config, *arguments) == []
    with file.open(newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert [row["kind"] for row in rows][:2] == ["CallQueued", "QueueAnswered"]
    assert (rows[1]["queue"], rows[1]["agent"]) == ("help", "1")
    assert json.loads(rows[1]["event"])["wait_s"] == 3


def test_an_unknown_kind_is_refused(config: str) -> None:
    result = run("events", "export", "--config", config, "--kind", "Rumour")
    assert (result.exit_code, "no events of kind Rumour" in result.stderr) == (2, True)


def test_personal_text_is_left_out_unless_asked_for(tmp_path: Path) -> None:
    """A dialled number is in the log, and leaves it only with `--personal`."""
    from events.calls import CallArrived, Direction
    from events.event import Recorded
    from events.ids import CallId, PartyId
    from records.settings import StoreSettings
    from records.store import Store

    url = f"sqlite:///{tmp_path / 'past.db'}"
    store = Store(StoreSettings(url=url))
    store.open()
    arrived = CallArrived(CallId("c-1"), Direction.INBOUND, PartyId("p"), "0811234567", "sip-1")
    store.append(Recorded(1, 1_772_400_000.0, 0.0, arrived))
    store.close(30)
    config = str(configuration(tmp_path, store={"url": url}))
    period = ("--from", "2026-01-01", "--to", "2027-01-01")
    plain, personal = (
        run("events", "export", "--config", config, *period, *more).stdout
        for more in ((), ("--personal",))
    )
    assert plain.count("CallArrived") == personal.count("CallArrived") == 1
    assert "0811234567" in personal
    assert "0811234567" not in plain
