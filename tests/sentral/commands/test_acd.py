"""sentral acd replay, sentral call why"""

import json
from pathlib import Path

import pytest

from events.codec import from_json
from events.queues import CallOffered
from tests.sentral.running import configuration, run

QUEUES = {"help": {"wrap_up_s": 5}}
AGENTS = {"1": {"skills": {"sales": 5}}, "2": {}}


@pytest.fixture
def config(tmp_path: Path) -> str:
    return str(configuration(tmp_path, queues=QUEUES, agents=AGENTS))


@pytest.fixture
def log(config: str, tmp_path: Path) -> Path:
    path = tmp_path / "day.log"
    arguments = ("--calls", "40", "--hours", "1", "--aht", "120", "--log", str(path))
    assert run("simulate", "--config", config, *arguments).exit_code == 0
    return path


def test_the_same_configuration_decides_the_same(config: str, log: Path) -> None:
    result = run("acd", "replay", str(log), "--config", config)
    assert result.exit_code == 0, result.output
    assert "decisions: all the same." in result.stdout


def test_another_configuration_is_told_where_it_differs(log: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    queues = {"help": {"wrap_up_s": 5, "skills": {"sales": 1}}}
    other = str(configuration(tmp_path / "other", queues=queues, agents=AGENTS))
    result = run("acd", "replay", str(log), "--config", other)
    assert result.exit_code == 1
    assert "logged   kind=" in result.stdout
    found = json.loads(run("acd", "replay", str(log), "--config", other, "--json").stdout)
    assert found["same"] is False
    assert found["difference"]["logged"] != found["difference"]["decided"]


def test_every_call_that_would_have_gone_otherwise_is_told(
    config: str, log: Path, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    queues = {"help": {"wrap_up_s": 5, "strategy": "fewest_calls"}}
    other = str(configuration(tmp_path / "other", queues=queues, agents=AGENTS))
    against = ("acd", "replay", str(log), "--config", config, "--against", other)
    result = run(*against)
    assert result.exit_code == 1
    found = json.loads(run(*against, "--json").stdout)
    assert found["same"] is False
    assert len(found["calls"]) > 1
    assert f"{len(found['calls'])} calls would have been decided about otherwise" in result.stderr
    first = found["calls"][0]
    assert {first["logged"], first["other"]} == {"offered to 1", "offered to 2"}
    assert first["call"] in result.stdout
    same = run("acd", "replay", str(log), "--config", config, "--against", config)
    assert (same.exit_code, "all the same" in same.stdout) == (0, True)
    swapped = run("acd", "replay", str(log), "--config", other, "--against", config)
    assert "under another configuration than that of --config" in swapped.stderr


def test_a_broken_line_is_told(config: str, log: Path) -> None:
    log.write_text(log.read_text() + "{}\n")
    result = run("acd", "replay", str(log), "--config", config)
    assert result.exit_code == 2
    assert "day.log:" in result.stderr


def test_why_a_call_went_to_an_agent(config: str, log: Path) -> None:
    events = [from_json(line).event for line in log.read_text().splitlines()]
    offered = next(event for event in events if isinstance(event, CallOffered))
    arguments = ("call", "why", offered.call, "--log", str(log), "--config", config)
    steps = json.loads(run(*arguments, "--json").stdout)
    assert [step["kind"] for step in steps] == [
        *("CallQueued", "CallOffered", "OfferClosed", "QueueAnswered", "QueueCallHandled"),
    ]
    decision = steps[1]
    assert decision["agent"] == offered.agent
    assert len(decision["candidates"]) == 1
    said = run(*arguments).stdout
    assert f" s  offered to {offered.agent}" in said
    assert f" s  talks with {offered.agent} after 0:00 in help" in said
    assert "asked for: nothing in particular" in said


def test_a_call_that_nobody_was_offered(config: str, log: Path) -> None:
    result = run("call", "why", "nobody", "--log", str(log), "--config", config)
    assert result.exit_code == 1
    assert "the call nobody" in result.stderr
