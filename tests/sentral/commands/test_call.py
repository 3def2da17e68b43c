"""sentral call"""

from pathlib import Path

import pytest

from events.calls import CallAnswered
from events.event import Recorded
from events.ids import CallId
from records.past import CallDetail, CallFilter
from tests.sentral.running import beside
from tests.web.routes.test_calls import live
from tests.web.serving import House, row


async def test_live_calls_come_first(tmp_path: Path) -> None:
    house = House(live=[live("c-9", number="")], past=[row("c-1")])
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("call", "list")
    lines = [line for line in result.output.splitlines() if "c-" in line]
    assert ["c-9" in lines[0], "c-1" in lines[1]] == [True, True]
    assert "withheld" in lines[0]
    assert "queued" in lines[0]
    assert "answered" in lines[1]
    assert "0:10" in lines[1]


async def test_filters_are_passed_on(tmp_path: Path) -> None:
    house = House()
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run(
            *("call", "list", "--queue", "sales & more", "--number", "+62", "--limit", "5")
        )
        assert "No call matches." in result.output
        refused = await terminal.run("call", "list", "--outcome", "happy")
    assert house.asked == [CallFilter(queue="sales & more", number="+62", limit=5)]
    assert refused.exit_code == 1
    assert "outcome" in refused.stderr


async def test_the_story_of_a_call(tmp_path: Path) -> None:
    events = [Recorded(3, 12.5, 2.5, CallAnswered(CallId("c-1"), 0.25))]
    house = House(details={"c-1": CallDetail(row("c-1"), events)})
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("call", "show", "c-1")
        found = await terminal.json("call", "show", "c-1")
        unknown = await terminal.run("call", "show", "no/such?call")
    assert "Call c-1: Budi 0812 dialled 1001" in result.output
    assert "answered, by the caller (hung_up)" in result.output
    assert "0.000 CallAnswered setup_s=0.250" in " ".join(result.output.split())
    assert found["events"][0]["fields"]["setup_s"] == 0.25
    assert (unknown.exit_code, unknown.stderr) == (1, "sentral: there is no call no/such?call\n")


@pytest.mark.parametrize(
    ("options", "done"), [([], "begin_secure_entry"), (["--cancel"], "cancel_secure_entry")]
)
async def test_card_digits_are_asked_for(options: list[str], done: str, tmp_path: Path) -> None:
    house = House()
    async with beside(house, tmp_path) as terminal:
        result = await terminal.run("call", "secure", "c-1", *options)
        house.refusal = "no agent talks"
        refused = await terminal.run("call", "secure", "c-1", *options)
    assert result.exit_code == 0, result.output
    assert house.done == [(done, "c-1")]
    assert refused.exit_code == 1
    assert "no agent talks" in refused.stderr
