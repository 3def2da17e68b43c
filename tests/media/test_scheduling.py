"""Workers on the cores and at the priority that the settings name."""

import os

import pytest
from sentral_media_engine import Engine

from media.scheduling import schedule_workers, worker_threads
from tests.media.engine.peer import port_range, running


def test_workers_go_to_the_cores_in_turn() -> None:
    cores = sorted(os.sched_getaffinity(0))
    wanted = cores[-2:]
    with running(Engine(*port_range(4), workers=3)):
        workers = worker_threads()
        assert len(workers) == 3
        assert schedule_workers(wanted, 0) == []
        pinned = [os.sched_getaffinity(worker) for worker in workers]
        assert pinned == [{wanted[index % len(wanted)]} for index in range(3)]
        assert sorted(os.sched_getaffinity(0)) == cores  # nobody else is


def test_workers_come_before_everybody_else() -> None:
    with running(Engine(*port_range(4), workers=1)):
        (worker,) = worker_threads()
        if problems := schedule_workers((), 5):
            pytest.skip(f"no real-time priority here: {problems[0]}")
        assert os.sched_getscheduler(worker) == os.SCHED_FIFO
        assert os.sched_getparam(worker).sched_priority == 5
        assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_what_is_refused_is_told_and_nothing_else_happens() -> None:
    with running(Engine(*port_range(4), workers=1)):
        assert schedule_workers((4_000,), 0) == ["rtp-0: Invalid argument"]
        (worker,) = worker_threads()
        assert os.sched_getaffinity(worker) == os.sched_getaffinity(0)


def test_without_settings_nothing_is_touched() -> None:
    with running(Engine(*port_range(4), workers=1)):
        (worker,) = worker_threads()
        before = os.sched_getaffinity(worker)
        assert schedule_workers((), 0) == []
        assert os.sched_getaffinity(worker) == before
