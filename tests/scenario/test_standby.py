"""There is one process and no cluster: another one beside it begins where its log ends.

What the first one knew and the log did not is lost with its machine. The second has nothing of it
but the log as JSON, the callers' numbers and the address at which phones reach the centre.
"""

from pathlib import Path

from events.ids import AgentId, CallId
from events.queues import CallQueued, QueueAnswered
from tests.calls.house import House
from tests.calls.phone import pick_up
from tests.virtual_time import in_virtual_time

AYU = AgentId("1")
GAP_S = 15.0
"""Until somebody noticed and started the second one."""


def folder(tmp_path: Path, name: str) -> Path:
    made = tmp_path / name
    made.mkdir()
    return made


@in_virtual_time
async def test_another_process_elsewhere_keeps_places_ages_and_pauses(tmp_path: Path) -> None:
    async with House(folder(tmp_path, "first")) as first:
        ayu = await first.phone("3001")
        ayu.on_ring = pick_up
        first.parts.desk.make_not_available(AYU, "lunch")
        for number in range(3):
            caller = await first.caller(str(62811 + number), port=6000 + number)
            caller.dial("1001")
            await first.until(CallQueued, count=number + 1)
            await first.later(5.0)
        calls = [queued.call for queued in first.all(CallQueued)]
        await first.crash()

        second = House(folder(tmp_path, "second"), network=first.network)
        second.recorded, second.parties = list(first.recorded), dict(first.parties)
        await first.later(GAP_S)
        assert await second.restart() == 3
        acd = second.parts.distributor
        assert [acd.position(call) for call in calls] == [1, 2, 3]
        (view,) = (each for each in acd.agents() if each.id == AYU)
        assert view.reason == "lunch"
        second.parts.desk.make_available(AYU)
        answered = await second.until(QueueAnswered)
        assert answered.call == CallId(calls[0])
        assert answered.wait_s > 15.0 + GAP_S - 0.1, "three callers, five seconds each, and the gap"
        for phone in first.phones:
            for leg in phone.legs:
                leg.hang_up()
        await second.quiet()
        second.assert_counts_balance()
        await second.parts.centre.stop()
        await second.parts.user_agent.stop()
        await second.media.stop()
