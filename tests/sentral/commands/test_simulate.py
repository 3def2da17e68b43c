"""sentral simulate"""

import json
from pathlib import Path
from typing import Any

import pytest

from events.codec import from_json
from tests.sentral.running import configuration, run

QUEUES = {"help": {"wrap_up_s": 5}, "sales": {"skills": {"sales": 1}}}
AGENTS = {"1": {"skills": {"sales": 5}}, "2": {}}


@pytest.fixture
def config(tmp_path: Path) -> str:
    return str(configuration(tmp_path, queues=QUEUES, agents=AGENTS))


def simulated(config: str, *arguments: str) -> Any:
    result = run("simulate", "--config", config, *arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_a_steady_load_is_shared_by_the_queues(config: str) -> None:
    found = simulated(config, "--calls", "101", "--hours", "2", "--agents", "9", "--aht", "120")
    assert (found["calls"], found["agents"], found["answered"]) == (101, 9, 101)
    assert {name: row["offered"] for name, row in found["queues"].items()} == {
        "help": 51,
        "sales": 50,
    }
    assert found["service_level"] > 0.8
    assert 0 < found["occupancy"] < 1
    assert found["wait_s"]["p50"] == 0
    assert {row["start"] for row in found["intervals"]} >= {"00:00", "00:30", "01:00", "01:30"}


def test_who_hangs_up_is_told(config: str) -> None:
    found = simulated(
        config, "--calls", "60", "--hours", "1", "--patience", "20", "--queue", "help"
    )
    assert found["answered"] + found["abandoned"] == 60 == found["calls"]
    assert found["abandoned"] > 0
    assert list(found["queues"]) == ["help"]


def test_the_same_seed_gives_the_same_day(config: str) -> None:
    day = ("--calls", "50", "--hours", "1", "--patience", "60")
    assert simulated(config, *day) == simulated(config, *day)
    assert simulated(config, *day) != simulated(config, *day, "--seed", "2")


def test_a_pattern_a_page_and_a_log(config: str, tmp_path: Path) -> None:
    pattern, page, log = (tmp_path / name for name in ("day.csv", "day.html", "day.log"))
    pattern.write_text("start,queue,calls,aht\n08:00,help,20,\n08:00,sales,10,60\n08:30,help,30,\n")
    found = simulated(
        config, "--load", str(pattern), "--plot", str(page), "--log", str(log), "--agents", "12"
    )
    assert 20 < found["calls"] < 100
    assert {row["start"] for row in found["intervals"]} >= {"08:00", "08:30"}
    assert "<svg" in page.read_text()
    events = [from_json(line) for line in log.read_text().splitlines()]
    assert [it.seq for it in events] == list(range(1, len(events) + 1))


def test_the_table_names_queues_and_intervals(config: str) -> None:
    result = run("simulate", "--config", config, "--calls", "40", "--hours", "1", "--agents", "5")
    assert result.exit_code == 0, result.output
    assert "40 calls, 5 agents, occupied " in result.stdout
    assert "00:30" in result.stdout


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("start,calls\n08:00,many\n", ":2: "),
        ("start,queue,calls\n08:00,nowhere,5\n", "there is no queue nowhere"),
        ("start,calls\n", "has no rows"),
        ("start,calls\n08:00,1e9\n", "out of range"),
    ],
)
def test_a_broken_pattern_is_told(config: str, tmp_path: Path, text: str, problem: str) -> None:
    pattern = tmp_path / "day.csv"
    pattern.write_text(text)
    result = run("simulate", "--config", config, "--load", str(pattern))
    assert result.exit_code == 2
    assert problem in result.stderr


def test_misuse_is_told(config: str) -> None:
    assert run("simulate", "--config", config).exit_code == 2
    assert run("simulate", "--config", config, "--load", "nowhere.csv").exit_code == 2
    result = run("simulate", "--config", config, "--calls", "5", "--queue", "nowhere")
    assert "there is no queue nowhere" in result.stderr
