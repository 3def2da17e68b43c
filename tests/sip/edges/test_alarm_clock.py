"""One heap for all timers: order, moves, and that nobody wakes in vain or too early."""

import asyncio
import gc

from hypothesis import given
from hypothesis import strategies as st

from sip.edges.alarm_clock import MOVED_AT_LEAST, AlarmClock
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


@in_virtual_time
async def test_those_who_sleep_no_more_are_forgotten_before_their_time() -> None:
    loop, log = asyncio.get_running_loop(), list[tuple[str, float]]()
    alarms = AlarmClock(loop.time)
    waiting = [Napper(str(number), log) for number in range(10)]
    for number, napper in enumerate(waiting):
        napper.deadline = 1000.0 + number
        alarms.watch(napper)
    for _ in range(1000):
        gone = Napper("gone", log)
        gone.deadline = 1800.0
        alarms.watch(gone)
        gone.deadline = None
        alarms.watch(gone)
    del gone
    kept = sum(isinstance(each, Napper) for each in gc.get_objects())
    assert kept <= len(waiting) + MOVED_AT_LEAST + 1
    await asyncio.sleep(2000)
    assert log == [(str(number), 1000.0 + number) for number in range(10)]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 50)), max_size=200))
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
