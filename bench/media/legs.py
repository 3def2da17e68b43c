"""What a leg costs before any packet: its memory while it is idle, and opening and closing it.

    python -m bench.media.legs [--legs 2000] [--runs 5]

Memory is the process's own (RSS); the kernel's buffers of its sockets are not in it.
"""

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import median
from typing import Final

from sentral_media_engine import Engine

from tests.media.engine.test_soak import memory_bytes
from tests.rig.ports import FIRST, LAST, LOOPBACK

SETTLED_S: Final = 0.5
"""By then the worker has obeyed all commands."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--legs", type=int, default=2000)
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    fresh = ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1)
    for keys, named in ((101, "with telephone-event"), (None, "searched for tones")):
        used = [fresh.submit(idle_bytes, given.legs, keys).result() for _ in range(given.runs)]
        print(f"idle leg, {named}: {median(used) / 1024:.1f} KB", flush=True)
    cpu = [opened_and_closed_s(given.legs) for _ in range(given.runs)]
    told = f"{median(cpu) * 1e6:.0f} µs of CPU, all threads (least {min(cpu) * 1e6:.0f})"
    print(f"opening and closing a leg: {told}")


def idle_bytes(legs: int, keys: int | None) -> float:
    """Memory of one open leg with a codec and a peer, where nobody said anything yet.

    In a process of its own: what an earlier run gave back would be taken again.
    """
    with_engine = _engine()
    for _ in range(50):  # what the first legs make for all of them
        _open(with_engine, keys)
    before = memory_bytes()
    for _ in range(legs):
        _open(with_engine, keys)
    time.sleep(SETTLED_S)
    grown = memory_bytes() - before
    with_engine.close()
    return grown / legs


def opened_and_closed_s(legs: int) -> float:
    """CPU of the process, all threads, for one leg."""
    engine = _engine()
    cpu = time.process_time()
    for _ in range(legs):
        engine.close_leg(_open(engine, 101))
    time.sleep(SETTLED_S)
    taken_s = time.process_time() - cpu
    engine.close()
    return taken_s / legs


def _open(engine: Engine, keys: int | None) -> int:
    leg, _ = engine.open_leg(LOOPBACK)
    engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=keys)
    engine.set_remote(leg, LOOPBACK, 9, latch="strict")
    return leg


def _engine() -> Engine:
    return Engine(FIRST, LAST, quarantine_s=0)


if __name__ == "__main__":
    main()
