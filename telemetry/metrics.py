"""All Prometheus series of the process: every file in `telemetry/series/` is one group of them."""

import importlib
import pkgutil
from collections import defaultdict
from collections.abc import Iterator
from typing import TypeVar

from prometheus_client import disable_created_metrics, generate_latest

import telemetry.series
from events.event import Event, Recorded
from telemetry.face import Handler, Series, Surroundings

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

SeriesT = TypeVar("SeriesT", bound=Series)


class Metrics:
    """Fed by the event log through `observe`; `refresh` then `render` make a scrape's answer."""

    def __init__(self, surroundings: Surroundings) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # nobody reads them
        self._registry = surroundings.registry
        self._series = [kind(surroundings) for kind in series_kinds()]
        self._handlers: defaultdict[type[Event], list[Handler]] = defaultdict(list)
        for series in self._series:
            for event, handler in series.handlers.items():
                self._handlers[event].append(handler)

    def observe(self, recorded: Recorded) -> None:
        """A listener of the event log."""
        for handler in self._handlers.get(type(recorded.event), ()):
            handler(recorded.event, recorded.steady)

    def part(self, kind: type[SeriesT]) -> SeriesT:
        """The one object of a group that is fed by more than events, e.g. `SipSeries`."""
        found = next(series for series in self._series if isinstance(series, kind))
        assert isinstance(found, kind)
        return found

    def refresh(self) -> None:
        """Ask the gauges. On the loop's thread: they read what the loop changes."""
        for series in self._series:
            series.refresh()

    def render(self) -> bytes:
        """The text of a scrape, `CONTENT_TYPE`. Takes milliseconds: call it in a thread."""
        return generate_latest(self._registry)


def series_kinds() -> Iterator[type[Series]]:
    """The `Series` of each file in the folder, by file name."""
    for module in sorted(pkgutil.iter_modules(telemetry.series.__path__), key=lambda m: m.name):
        loaded = importlib.import_module(f"{telemetry.series.__name__}.{module.name}")
        for thing in vars(loaded).values():
            if (
                isinstance(thing, type)
                and issubclass(thing, Series)
                and thing.__module__ == loaded.__name__
            ):
                yield thing
