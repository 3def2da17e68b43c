"""Writes docs/metrics.md from the series themselves: `python -m telemetry.metrics_page [FILE]`."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.metrics import MetricWrapperBase

from telemetry.face import Surroundings
from telemetry.metrics import Metrics

PAGE: Final = Path("docs/metrics.md")

HEAD: Final = """\
# Metrics

`/metrics` serves these series to Prometheus. They are counted from the same events as the call
records and reports, so the numbers agree. Labels are names from the configuration, never a call, a
caller or an agent. What the words mean: [key indicators](key-indicators.md). This page is made from
the program (`python -m telemetry.metrics_page`).

| series | kind | labels | what it says |
|---|---|---|---|
"""


def page() -> str:
    registry = CollectorRegistry()
    Metrics(Surroundings(registry=registry, steady=lambda: 0.0))
    return HEAD + "".join(f"{row}\n" for row in sorted(_rows(registry)))


def _rows(registry: CollectorRegistry) -> Iterator[str]:
    for collector in registry._collector_to_names:  # no public way leads to the label names
        assert isinstance(collector, MetricWrapperBase)
        family = next(iter(collector.describe()))
        name = family.name + ("_total" if family.type == "counter" else "")
        labels = ", ".join(f"`{label}`" for label in collector._labelnames)
        yield f"| `{name}` | {family.type} | {labels} | {family.documentation} |"


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else PAGE
    target.parent.mkdir(exist_ok=True)
    target.write_text(page(), encoding="utf-8")
