"""100 000 legs, opened, used and closed: the engine ends with the memory it began with."""

import os
from pathlib import Path
from typing import Final

import pytest
from sentral_media_engine import Engine

from tests.media.engine.peer import LOOPBACK, port_range, running, samples, wait_until

LEGS: Final = 100_000
AT_ONCE: Final = 10
WARM: Final = 10_000
MOST_GROWTH_BYTES: Final = 4_000_000


def memory_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def sockets() -> int:
    return len(os.listdir("/proc/self/fd"))


def use(engine: Engine, sound: int) -> None:
    legs = [engine.open_leg(LOOPBACK)[0] for _ in range(AT_ONCE)]
    for leg in legs:
        engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=None)
        engine.play(leg, [sound], 1, loop=True)
    engine.bridge(legs[0], legs[1])
    mix = engine.mix({leg: [other for other in legs[2:6] if other != leg] for leg in legs[2:6]})
    for leg in legs:
        engine.close_leg(leg)
    engine.unmix(mix)
    engine.drain()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_100_000_legs_leave_nothing_behind() -> None:
    with running(Engine(*port_range(400), workers=2, quarantine_s=0)) as engine:
        sound = engine.load_sound(samples(8000))
        memory, files = 0, sockets()
        for opened in range(0, LEGS, AT_ONCE):
            use(engine, sound)
            wait_until(lambda: sockets() == files)  # else the ports are still bound
            if opened == WARM:
                memory = memory_bytes()
        totals = engine.totals()
        assert (totals["legs"], totals["ports_in_use"], totals["events_dropped"]) == (0, 0, 0)
        assert memory_bytes() - memory < MOST_GROWTH_BYTES
