"""sentral report"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from events.agents import AgentScheduled, AgentState, AgentStateChanged
from events.ids import AgentId
from events.log import EventLog
from records.settings import StoreSettings
from records.store import Store
from tests.records.calls import EPOCH, Calls
from tests.sentral.running import configuration, run

BEGIN = datetime.fromtimestamp(EPOCH - EPOCH % 3600).astimezone()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Two calls in the first hour, an hour without, and one in the third."""
    store = {"url": f"sqlite:///{tmp_path / 'sentral.db'}"}
    kept = Store(StoreSettings(url=store["url"]))
    calls = Calls()
    calls.log.listen(kept.append)
    kept.open()
    calls.whole("c-1")
    calls.whole("c-2")
    calls.now += 7200
    calls.whole("c-3")
    kept.close(30)
    return configuration(tmp_path, store=store, queues={"support": {"service_level_s": 1}})


def reported(config: Path, *arguments: str) -> list[dict[str, Any]]:
    period = ("--from", f"{BEGIN:%Y-%m-%dT%H:%M}", "--to", "2027-12-31")
    result = run("report", "--json", "--config", str(config), *period, *arguments)
    assert result.exit_code == 0, result.output
    rows: list[dict[str, Any]] = json.loads(result.stdout)["rows"]
    return rows


def test_intervals_and_a_total(config: Path) -> None:
    rows = reported(config)
    assert [row["offered"] for row in rows] == [2, 0, 1, 3]
    assert [row["start"] is None for row in rows] == [False, False, False, True]
    total = rows[-1]
    assert total["answered"] == 3
    assert total["service_level"]["answered_in_target"] == 0.0, "2 s is over the queue's 1 s"
    assert total["average_handling_time_s"] == 75.0
    assert total["average_speed_of_answer_s"] == 2.0


def test_other_intervals(config: Path) -> None:
    assert [row["offered"] for row in reported(config, "--interval", "1440")][-1] == 3


def test_the_table_for_people(config: Path) -> None:
    period = ("--from", f"{BEGIN:%Y-%m-%dT%H:%M}", "--to", "2027-12-31")
    result = run("report", "--config", str(config), *period)
    assert result.exit_code == 0
    (total,) = [line for line in result.output.splitlines() if " total " in line]
    assert total.split() == [
        *("support", "total", "3", "3", "0", "0", "0.0%", "0.0%"),
        *("0:02", "0:02", "1:15"),
    ]


def test_a_period_without_calls(config: Path) -> None:
    period = ("--from", "2020-01-01", "--to", "2020-01-02")
    result = run("report", "--config", str(config), *period)
    assert "No call entered a queue" in result.output


@pytest.mark.parametrize(
    "arguments",
    [["--queue", "nosuch"], ["--from", "2027-01-02", "--to", "2027-01-01"], ["--from", "soon"]],
)
def test_what_cannot_be_asked(config: Path, arguments: list[str]) -> None:
    assert run("report", "--config", str(config), *arguments).exit_code == 2


def test_a_database_that_is_not_there(tmp_path: Path) -> None:
    path = configuration(tmp_path, store={"url": f"sqlite:///{tmp_path / 'none' / 'x.db'}"})
    result = run("report", "--config", str(path))
    assert result.exit_code == 1
    assert "has the centre ever been served?" in result.stderr
    assert not (tmp_path / "none").exists()


@pytest.fixture
def shift(tmp_path: Path) -> Path:
    """An agent who began before the day, and was away for a quarter of the scheduled time."""
    store = {"url": f"sqlite:///{tmp_path / 'sentral.db'}"}
    kept = Store(StoreSettings(url=store["url"]))
    midnight = datetime(2026, 1, 5).astimezone().timestamp()
    at = midnight - 3600
    log = EventLog(utc=lambda: at, steady=lambda: at)
    log.listen(kept.append)
    kept.open()
    log.append(AgentStateChanged(AgentId("101"), AgentState.AVAILABLE))
    log.append(AgentScheduled(AgentId("101"), "work", for_s=7 * 3600))
    at = midnight + 4.5 * 3600
    log.append(
        AgentStateChanged(
            *(AgentId("101"), AgentState.NOT_AVAILABLE, "break"),
            *(AgentState.AVAILABLE, "", 5.5 * 3600),
        )
    )
    kept.close(30)
    return configuration(tmp_path, store=store, agents={"101": {"name": "Ana"}})


def of_agents(config: Path, *arguments: str) -> Result:
    period = ("--from", "2026-01-05", "--to", "2026-01-06")
    return run("report", "agents", "--config", str(config), *period, *arguments)


def test_agents_and_their_adherence(shift: Path) -> None:
    (row,) = json.loads(of_agents(shift, "--json").stdout)["rows"]
    assert row["agent"] == "101"
    assert row["time"]["available"] == 4.5 * 3600
    assert (row["scheduled_s"], row["adherent_s"], row["adherence"]) == (21600, 16200, 0.75)
    assert "75.0%" in of_agents(shift).output
    future = ("--from", "2999-01-01", "--to", "2999-01-02")
    assert run("report", "agents", "--config", str(shift), *future).exit_code == 2
