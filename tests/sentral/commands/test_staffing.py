"""sentral staffing"""

import json
from pathlib import Path

import pytest

from tests.sentral.running import run

USUAL = ("--calls-per-hour", "360", "--aht", "240", "--target", "0.8", "--within", "20")


def test_agents_and_people_are_told() -> None:
    found = json.loads(run("staffing", *USUAL, "--shrinkage", "0.3", "--json").stdout)
    assert (found["model"], found["agents"], found["scheduled"]) == ("erlang_c", 29, 42)
    assert found["service_level"] == pytest.approx(0.8403, abs=1e-4)
    assert found["asa_s"] == pytest.approx(11.63, abs=0.01)
    assert found["occupancy"] == pytest.approx(24 / 29)
    assert found["calls_per_interval"] == 180
    assert [row["agents"] for row in found["table"]] == list(range(26, 33))


def test_impatient_callers_need_fewer() -> None:
    found = json.loads(run("staffing", *USUAL, "--patience", "90", "--json").stdout)
    assert (found["model"], found["agents"]) == ("erlang_a", 25)
    assert found["abandonment_rate"] > 0.05


def test_the_table_shows_both_and_says_unstable() -> None:
    result = run("staffing", *USUAL, "--patience", "90")
    assert result.exit_code == 0, result.output
    assert "24.00 erlangs: 25 agents at the phone" in result.stdout
    assert "unstable" in result.stdout


def test_a_given_number_is_judged() -> None:
    found = json.loads(run("staffing", *USUAL, "--agents", "24", "--json").stdout)
    assert (found["stable"], found["agents"], found["service_level"]) == (False, 24, None)
    result = run("staffing", *USUAL, "--agents", "24")
    assert "unstable with 24 agents" in result.stdout


def test_each_interval_of_a_forecast(tmp_path: Path) -> None:
    file = tmp_path / "forecast.csv"
    file.write_text("start,calls,aht\n09:00,180,\n09:30,90,300\n10:00,0,\n")
    arguments = ("--forecast", str(file), "--aht", "240", "--json")
    found = json.loads(run("staffing", *arguments).stdout)
    assert [row["agents"] for row in found["intervals"]] == [29, 19, 1]
    assert found["most"] == 29
    table = run("staffing", "--forecast", str(file), "--aht", "240").stdout
    assert "09:30" in table


def test_a_broken_forecast_is_told_by_line(tmp_path: Path) -> None:
    file = tmp_path / "forecast.csv"
    file.write_text("start,calls\n09:00,many\n")
    result = run("staffing", "--forecast", str(file), "--aht", "240")
    assert result.exit_code == 2
    assert f"{file}:2: " in result.stderr


def test_one_load_is_asked_for() -> None:
    assert run("staffing", "--aht", "240").exit_code == 2
