"""How the kernel schedules the threads that move packets: on which cores, and before whom."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

WORKER: Final = "rtp-"
"""What the engine calls its workers: rtp-0, rtp-1, ..."""

_TASKS: Final = Path("/proc/self/task")


def schedule_workers(cpus: Sequence[int], priority: int) -> list[str]:
    """Pin this process's workers to these cores in turn, and give them a real-time priority.

    Args:
        cpus: numbers of cores; none leaves the choice to the kernel.
        priority: 1 to 99 of SCHED_FIFO; 0 leaves them as they are.

    Returns:
        What the system refused, for the log: packets are moved all the same.
    """
    problems: list[str] = []
    if not cpus and not priority:
        return problems
    for index, thread in enumerate(worker_threads()):
        try:
            if cpus:
                os.sched_setaffinity(thread, {cpus[index % len(cpus)]})
            if priority:
                os.sched_setscheduler(thread, os.SCHED_FIFO, os.sched_param(priority))
        except OSError as error:
            problems.append(f"{WORKER}{index}: {error.strerror}")
    return problems


def worker_threads() -> list[int]:
    """Thread ids of the workers, by their number."""
    named = {}
    for task in _TASKS.iterdir():
        name = (task / "comm").read_text().strip()
        if name.startswith(WORKER):
            named[int(task.name)] = name
    return sorted(named, key=lambda thread: (int(named[thread].removeprefix(WORKER)), thread))
