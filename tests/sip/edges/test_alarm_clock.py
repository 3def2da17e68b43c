"""One heap for all timers: order, moves, and that nobody wakes in vain or too early."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from sip.edges.alarm_clock import AlarmClock
from tests.virtual_time import in_virtual_time, run


class Napper:
    """Sleeps until the deadline it was given last."""

    def __init__(self, name: str, log: list[tuple[str, float]]) -> None:
        self.armed_at: float | None = None
        self.deadline: float | None = None
        self._name = name
        self._log = log

    def next_deadline(self) -> float | None:
        return self.deadline

    def wake(self, now: float) -> None:
        assert self.deadline is not None
        assert self.deadline <= now, "woken too early"
        self.deadline = None
        self._log.append((self._name, round(now, 6)))


@in_virtual_time
async def test_each_wakes_when_due_and_a_moved_one_only_at_its_new_time() -> None:
    loop, log = asyncio.get_running_loop(), list[tuple[str, float]]()
    alarms = AlarmClock(loop.time)
    early, late, cancelled = Napper("early", log), Napper("late", log), Napper("cancelled", log)
    for napper, deadline in ((late, 5.0), (early, 2.0), (cancelled, 3.0)):
        napper.deadline = deadline
        alarms.watch(napper)
    early.deadline = 1.0
    alarms.watch(early)
    late.deadline = 7.0
    alarms.watch(late)
    cancelled.deadline = None
    alarms.watch(cancelled)
    await asyncio.sleep(20)
    assert log == [("early", 1.0), ("late", 7.0)]


@in_virtual_time
async def test_after_stop_nobody_wakes() -> None:
    loop, log = asyncio.get_running_loop(), list[tuple[str, float]]()
    alarms = AlarmClock(loop.time)
    napper = Napper("napper", log)
    napper.deadline = 1.0
    alarms.watch(napper)
    alarms.stop()
    napper.deadline = 2.0
    alarms.watch(napper)
    await asyncio.sleep(5)
    assert log == []


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), max_size=60))
def test_the_last_deadline_of_each_holds(moves: list[tuple[int, int]]) -> None:
    async def play() -> None:
        loop, log = asyncio.get_running_loop(), list[tuple[str, float]]()
        alarms = AlarmClock(loop.time)
        nappers = [Napper(str(number), log) for number in range(10)]
        for number, deadline in moves:
            nappers[number].deadline = 1.0 + deadline
            alarms.watch(nappers[number])
        await asyncio.sleep(100)
        last = {str(number): 1.0 + deadline for number, deadline in moves}
        assert dict(log) == last
        assert len(log) == len(last)
        assert [at for _, at in log] == sorted(at for _, at in log)

    run(play())
