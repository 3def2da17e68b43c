"""The process: loop lag and garbage collection."""

import asyncio
import gc
import time

import pytest

from telemetry.series.process import GarbageSeries, LoopLagSeries
from telemetry.settings import TelemetrySettings
from tests.telemetry.observing import Observed
from tests.virtual_time import in_virtual_time

LAG = "sentral_event_loop_lag_seconds"


@in_virtual_time
async def test_a_loop_that_is_held_up_shows_lag() -> None:
    observed = Observed(settings=TelemetrySettings(lag_interval_s=0.1))
    series = observed.metrics.part(LoopLagSeries)
    series.start()
    await asyncio.sleep(0.05)  # its timer is set
    observed.now += 0.4  # and by its clock will come 0.3 s late
    await asyncio.sleep(0.06)
    await series.stop()
    assert observed.value(f"{LAG}_count") == 1
    assert observed.value(f"{LAG}_sum") == pytest.approx(0.3)


@in_virtual_time
async def test_a_stopped_meter_measures_no_more() -> None:
    observed = Observed(settings=TelemetrySettings(lag_interval_s=0.1))
    series = observed.metrics.part(LoopLagSeries)
    series.start()
    await asyncio.sleep(0.15)
    await series.stop()
    await asyncio.sleep(1)
    assert observed.value(f"{LAG}_count") == 1
    await series.stop()  # once more does nothing


def test_a_collection_is_measured() -> None:
    observed = Observed()
    series = observed.metrics.part(GarbageSeries)
    count = "sentral_gc_pause_seconds_count"
    series.start()
    began = time.perf_counter()
    gc.collect(2)
    took_s = time.perf_counter() - began
    series.stop()
    measured = observed.value(count, generation="2") or 0
    assert measured >= 1
    assert (observed.value("sentral_gc_pause_seconds_sum", generation="2") or 0) > 0
    assert (
        observed.value("sentral_gc_pause_seconds_sum", generation="2") or 0
    ) <= took_s * measured
    gc.collect(2)
    assert observed.value(count, generation="2") == measured


async def test_tasks_are_counted_until_they_are_done() -> None:
    observed = Observed()
    before = _tasks(observed)
    more = asyncio.create_task(asyncio.sleep(60))
    assert _tasks(observed) == before + 1
    more.cancel()
    await asyncio.wait({more})
    assert _tasks(observed) == before


def _tasks(observed: Observed) -> float:
    found = observed.value("sentral_event_loop_tasks")
    assert found is not None
    return found
