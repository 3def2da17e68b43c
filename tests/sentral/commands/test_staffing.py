"""sentral staffing"""

import json
from pathlib import Path

import pytest

from tests.sentral.past_days import Visit, store_with
from tests.sentral.running import configuration, run

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


@pytest.fixture
def past(tmp_path: Path) -> tuple[str, ...]:
    """Mondays with 4 and 8 calls at nine, 2 at half past; a Tuesday with 60. All handled in 300 s,
    those of sales in 90 s."""
    visits = [
        Visit(f"2026-03-{day:02}T{hour}:{minute:02}", 5, 290)
        for day, hour, calls in ((2, "09", 4), (9, "09", 8))
        for minute in range(calls)
    ]
    visits += [
        Visit(f"2026-03-{day:02}T09:{minute}", 5, 290) for day in (2, 9) for minute in (30, 59)
    ]
    visits += [Visit(f"2026-03-03T10:{minute:02}", 5, 290) for minute in range(60)]
    visits += [Visit(f"2026-03-02T09:{minute}", 5, 80, queue="sales") for minute in (10, 11)]
    config = configuration(tmp_path, store=store_with(tmp_path, visits))
    return ("--config", str(config), "--history-from", "2026-03-01", "--history-to", "2026-03-15")


def test_the_day_as_it_was_in_the_past(past: tuple[str, ...]) -> None:
    mondays = (*past, "--weekday", "mon", "--queue", "help", "--json")
    found = json.loads(run("staffing", *mondays).stdout)
    nine, half_past = found["intervals"]
    assert (nine["start"], nine["calls"], nine["busiest_day"], nine["aht_s"]) == (
        "09:00",
        6,
        8,
        300,
    )
    assert (half_past["start"], half_past["calls"]) == ("09:30", 2)
    assert nine["erlangs"] == 6 * 300 / 1800
    assert found["peak_hour"] == {"start": "09:00", "calls": 8}
    busiest = json.loads(run("staffing", *mondays, "--busiest").stdout)["intervals"][0]
    assert (busiest["calls"], busiest["agents"] >= nine["agents"]) == (8, True)


def test_all_days_and_queues_of_the_past(past: tuple[str, ...]) -> None:
    found = json.loads(run("staffing", *past, "--interval", "60", "--json").stdout)
    assert [row["start"] for row in found["intervals"]] == ["09:00", "10:00"]
    assert [row["calls"] for row in found["intervals"]] == [18 / 14, 60 / 14]
    assert found["intervals"][0]["aht_s"] == (76 * 300 + 2 * 90) / 78
    assert found["peak_hour"]["start"] == "10:00"
    assert "Most calls in an hour from 10:00" in run("staffing", *past).stdout


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("--queue", "nowhere"), "no call was handled"),
        (("--queue", "nowhere", "--aht", "60"), "nobody has called"),
        (("--interval", "7"), "must divide a day"),
        (("--calls-per-hour", "5"), "give one of"),
    ],
)
def test_a_past_that_tells_nothing(
    past: tuple[str, ...], arguments: tuple[str, ...], problem: str
) -> None:
    result = run("staffing", *past, *arguments)
    assert result.exit_code == 2
    assert problem in result.stderr
