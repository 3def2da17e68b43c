"""A simulated day as one JSON object: what the table, the page and programs read."""

from dataclasses import asdict
from typing import Any

from acd.simulated_figures import Figures, quantiles
from events import kpi
from events.kpi import QueueCounts


def summary(figures: Figures, calls: int) -> dict[str, Any]:
    """`calls` came; the rest is of these calls. Instants are seconds of the simulated day."""
    total = figures.total()
    waits = [wait for each in figures.waits.values() for wait in each]
    return {
        "calls": calls,
        **_numbers(total, waits),
        "occupancy": kpi.occupancy(figures.agent_seconds()),
        "queues": {
            name: _numbers(counts, figures.waits.get(name, []))
            for name, counts in sorted(figures.queues().items())
        },
        "intervals": _intervals(figures),
    }


def _numbers(counts: QueueCounts, waits: list[float]) -> dict[str, Any]:
    return {
        "offered": counts.offered,
        "answered": counts.answered,
        "abandoned": counts.abandoned,
        "flowed_out": counts.flowed_out,
        "waiting": counts.waiting_at_end,
        "service_level": kpi.service_level(counts),
        "service_levels": {name: rate(counts) for name, rate in kpi.SERVICE_LEVELS.items()},
        "abandonment_rate": kpi.abandonment_rate(counts),
        "abandonment_rates": {name: rate(counts) for name, rate in kpi.ABANDONMENT_RATES.items()},
        "asa_s": kpi.average_speed_of_answer_s(counts),
        "aht_s": kpi.average_handling_time_s(counts),
        "longest_wait_s": counts.longest_wait_s,
        "wait_s": quantiles(waits),
    }


def _intervals(figures: Figures) -> list[dict[str, Any]]:
    worked = figures.agent_seconds_by_interval()
    return [
        {
            "queue": row.queue,
            "start_s": row.start_utc,
            "start": clock(row.start_utc),
            **asdict(row.counts),
            "service_level": kpi.service_level(row.counts),
            "abandonment_rate": kpi.abandonment_rate(row.counts),
            "asa_s": kpi.average_speed_of_answer_s(row.counts),
            "occupancy": kpi.occupancy(worked[row.start_utc]) if row.start_utc in worked else None,
        }
        for row in figures.intervals()
        if row.start_utc is not None
    ]


def clock(seconds: float) -> str:
    """Of the simulated day, "HH:MM"."""
    minutes = round(seconds / 60)
    return f"{minutes // 60:02}:{minutes % 60:02}"
