"""sentral simulate"""

import json
from pathlib import Path
from typing import Any

import pytest

from events.codec import from_json
from events.queues import QueueCallHandled
from tests.sentral.past_days import Visit, store_with
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


STEADY = ("--calls", "60", "--hours", "1", "--agents", "2", "--queue", "help")


def test_the_keys_that_programs_rely_on(config: str) -> None:
    found = simulated(config, *STEADY, "--patience", "30")
    figures = {"answered", "abandoned", "service_level", "abandonment_rate", "asa_s"}
    assert figures | {"calls", "occupancy", "wait_s", "queues", "intervals"} <= found.keys()
    assert figures | {"offered", "wait_s"} <= found["queues"]["help"].keys()
    for row in found["intervals"]:
        assert figures | {"queue", "start", "offered", "occupancy"} <= row.keys()


def test_times_are_drawn_from_files(config: str, tmp_path: Path) -> None:
    handling, patience, log = (tmp_path / name for name in ("h.csv", "p.csv", "day.log"))
    handling.write_text("150\n240\n")
    patience.write_text("seconds,queue,gave_up\n7,help,1\n90,help,1\n900,sales,1\n")
    arguments = ("--handling-history", str(handling), "--patience-history", str(patience))
    found = simulated(config, *STEADY, *arguments, "--log", str(log))
    events = [from_json(line).event for line in log.read_text().splitlines()]
    handled = [it.talk_s + it.wrap_up_s for it in events if isinstance(it, QueueCallHandled)]
    assert {round(each, 3) for each in handled} == {150.0, 240.0}
    gone = {round(it.wait_s, 3) for it in events if it.kind == "CallAbandoned"}  # type: ignore[attr-defined]
    assert gone == {7.0, 90.0}
    assert found["abandoned"] > 10


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("seconds\nlong\n", ":2: needs `seconds`"),
        ("5\nnan\n", ":2: needs `seconds`"),
        ("seconds,queue\n5,nowhere\n", "there is no queue nowhere"),
        ("seconds,gave_up\n5,perhaps\n", "`gave_up` is 0 or 1"),
        ("seconds\n", "has no rows"),
    ],
)
def test_a_broken_history_is_told(config: str, tmp_path: Path, text: str, problem: str) -> None:
    history = tmp_path / "past.csv"
    history.write_text(text)
    arguments = (*STEADY, "--patience-history", str(history))
    result = run("simulate", "--config", config, *arguments)
    assert result.exit_code == 2
    assert problem in result.stderr


def test_a_day_like_those_of_the_past(tmp_path: Path) -> None:
    """Twice as many calls from half past nine as from nine, all handled in 100 s."""
    visits = [
        Visit(f"2026-03-0{day}T09:{minute:02}:{second:02}", 5, 90)
        for day in (2, 3)
        for minute in range(60)
        for second in ((0,) if minute < 30 else (0, 30))
    ]
    gone = [Visit(f"2026-03-0{day}T09:59", 6, None) for day in (2, 3)]
    store = store_with(tmp_path, [*visits, *gone])
    config = str(configuration(tmp_path, queues=QUEUES, agents=AGENTS, store=store))
    log, plot = tmp_path / "day.log", tmp_path / "day.png"
    period = ("--history-from", "2026-03-02", "--history-to", "2026-03-04")
    written = ("--agents", "9", "--log", str(log), "--plot", str(plot))
    found = simulated(config, *period, *written, "--queue", "help")
    offered = {row["start"]: row["offered"] for row in found["intervals"]}
    assert found["calls"] == pytest.approx(91, abs=40)
    assert offered["09:00"] < offered["09:30"]
    events = [from_json(line).event for line in log.read_text().splitlines()]
    handled = [it.talk_s + it.wrap_up_s for it in events if isinstance(it, QueueCallHandled)]
    assert handled == pytest.approx([100.0] * len(handled))
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_a_past_without_calls_is_told(tmp_path: Path) -> None:
    store = store_with(tmp_path, [])
    config = str(configuration(tmp_path, queues=QUEUES, agents=AGENTS, store=store))
    result = run("simulate", "--config", config, "--history-from", "2026-03-02")
    assert (result.exit_code, "nobody has called" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--calls", "5", "--load", "day.csv"),
        ("--calls", "5", "--history-to", "2026-03-02"),
        ("--calls", "5", "--aht", "60", "--handling-history", "FILE"),
        ("--calls", "5", "--patience", "60", "--patience-history", "FILE"),
    ],
)
def test_what_contradicts_itself_is_refused(config: str, arguments: tuple[str, ...]) -> None:
    given = [config if each == "FILE" else each for each in arguments]
    assert run("simulate", "--config", config, *given).exit_code == 2
