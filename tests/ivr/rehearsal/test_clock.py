"""Virtual time for rehearsals."""

import asyncio
import time

from ivr.rehearsal.clock import run_without_waiting


def test_an_hour_takes_no_time_and_timers_fire_in_order() -> None:
    fired: list[tuple[str, float]] = []

    async def sleeper(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        fired.append((name, asyncio.get_running_loop().time()))

    async def main() -> None:
        await asyncio.gather(sleeper("late", 3600), sleeper("early", 60.5))

    began = time.perf_counter()
    run_without_waiting(main())
    assert fired == [("early", 60.5), ("late", 3600)]
    assert time.perf_counter() - began < 60, "it did not wait"


def test_work_in_threads_is_waited_for() -> None:
    assert run_without_waiting(asyncio.to_thread(lambda: 7)) == 7
