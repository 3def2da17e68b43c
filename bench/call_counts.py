"""Where an ACD call's time goes: the load of `bench.calls` on a server in this very process, with
every Python and C function counted, on the loop and in the store's thread.

    python -m bench.call_counts [--calls 300] [--rate 25] [--talk-s 1] [--shown 40]

The counts hardly move with what else the machine does, so they tell what a change saves where
seconds do not. Times are under the profiler, which makes small functions look dear.
"""

import argparse
import asyncio
import cProfile
import os
import pstats
import tempfile
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Final

import uvloop

from bench.calls import MEDIA_PORTS, Load, call, contacts, sipp
from config.loader import load_settings
from sentral.server import Server
from tests.rig.centre import Centre
from tests.rig.ports import free_ports

WARM_UP: Final = Load(calls=20, rate=20.0, talk_s=0.1)
"""Before anything is counted: imports, caches, prepared statements."""

SETTLED_S: Final = 3.0
"""After the last call of a load: transactions end, the store writes."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--rate", type=float, default=25.0, help="calls per second")
    parser.add_argument("--talk-s", type=float, default=1.0)
    parser.add_argument("--shown", type=int, default=40, help="functions listed of each thread")
    given = parser.parse_args()
    load = Load(given.calls, given.rate, given.talk_s)
    threads = _Threads()
    with (
        tempfile.TemporaryDirectory() as folder,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        found = runner.run(_measure(load, Path(folder), threads))
    for name, counts in found.items():
        _show(name, counts, load.calls, given.shown)


class _Threads:
    """A profile of the loop's thread and one of each thread that Python starts."""

    def __init__(self) -> None:
        self._profiles = {threading.current_thread().name: cProfile.Profile()}
        self._counting = False
        threading.setprofile(self._begin)

    def start(self) -> None:
        """Count, from the loop's thread."""
        self._counting = True
        self._profiles[threading.current_thread().name].enable()

    def stop(self) -> dict[str, pstats.Stats]:
        """What was counted until now, by the thread's name."""
        return {name: pstats.Stats(profile) for name, profile in self._profiles.items()}

    def _begin(self, frame: FrameType, event: str, argument: Any) -> None:
        """What another thread calls for each function until its own profile takes the place."""
        if self._counting:
            profile = self._profiles[threading.current_thread().name] = cProfile.Profile()
            profile.enable()


async def _measure(load: Load, folder: Path, threads: _Threads) -> dict[str, pstats.Stats]:
    agents = free_ports(2)
    centre = Centre(folder, sample="bench", changes=contacts(agents), rtp_ports=MEDIA_PORTS)
    settings = load_settings(centre.config, os.environ)
    server = Server(settings, lambda: settings)
    await server.start()
    phones = await sipp("-sn", "uas", "-p", str(agents), folder=folder)
    await call(centre.sip, "1001", WARM_UP, folder)
    await asyncio.sleep(SETTLED_S)
    threads.start()
    await call(centre.sip, "1001", load, folder)
    await asyncio.sleep(SETTLED_S)
    found = threads.stop()
    phones.terminate()
    await phones.wait()
    await server.stop("measured")
    return found


def _show(name: str, counts: pstats.Stats, calls: int, shown: int) -> None:
    total = counts.total_calls  # type: ignore[attr-defined]
    seconds = counts.total_tt  # type: ignore[attr-defined]
    print(f"{name}: {total / calls:.0f} functions a call, {1000 * seconds / calls:.2f} ms")
    counts.sort_stats("tottime").print_stats(shown)


if __name__ == "__main__":
    main()
