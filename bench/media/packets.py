"""What the media engine takes per packet, beside a bare relay under the same load.

    python -m bench.media.packets [--calls 100] [--listeners 100] [--seconds 5] [--runs 3]

The engine's worker thread is measured by the scheduler's count of its time on a core, kernel time
included; so is the relay: one thread, one `recvfrom` and one `sendto` per packet, nothing looked
at. Packets are PCMU of 20 ms. The generator runs beside them on the same machine.
"""

import argparse
import os
import statistics
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sentral_media_engine import Engine

from bench.media.load import Heard, LoadProcess, cpu_s
from media.scheduling import schedule_workers
from tests.rig.ports import FIRST, LAST, LOOPBACK

PACKET_MS: Final = 20
PACKETS_PER_S: Final = 1000 / PACKET_MS
WORKER: Final = "rtp-"
WRITER: Final = "recorder"


@dataclass(frozen=True, slots=True)
class Measured:
    """`core` is the worker's share of one core; `packet_us` is its CPU per packet sent on."""

    core: float
    packet_us: float
    heard: Heard
    writer_core: float = 0.0
    """What the thread takes that writes recordings."""


def main() -> None:
    given = _arguments()
    rounds = [_round(given.calls, given.listeners, given.seconds) for _ in range(given.runs)]
    bare, bridged, recorded, listening = (
        [one[index] for one in rounds] for index in range(4)
    )  # kinds of run, interleaved so that a busy neighbour disturbs all alike
    _say(f"bare relay, {given.calls} calls", bare)
    _say(f"engine, {given.calls} bridged calls", bridged)
    _say(f"engine, {given.calls} bridged calls, all recorded", recorded)
    _say(f"engine, {given.listeners} prompt listeners", listening)
    ratio = statistics.median(
        ours.packet_us / theirs.packet_us for ours, theirs in zip(bridged, bare, strict=True)
    )
    writer = statistics.median(one.writer_core for one in recorded)
    print(f"writing {given.calls} recordings: {writer:.2%} of a core")
    print(f"bridged packet: {ratio:.2f} times the bare relay's")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--listeners", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=3)
    return parser.parse_args()


def _round(calls: int, listeners: int, seconds: int) -> list[Measured]:
    with tempfile.TemporaryDirectory() as folder:
        return [
            bare_relay(calls, seconds),
            bridged_calls(calls, seconds),
            bridged_calls(calls, seconds, recordings=Path(folder)),
            prompts(listeners, seconds),
        ]


def bare_relay(calls: int, seconds: int) -> Measured:
    sockets = 2 * calls
    with LoadProcess("relay", sockets) as relay:
        with LoadProcess("generate", sockets, seconds, PACKET_MS) as generator:
            relay.aim(generator.ports)
            before = cpu_s(relay.pid)
            generator.aim(relay.ports)
            heard = generator.result()
        taken_s = cpu_s(relay.pid) - before
    return Measured(taken_s / seconds, taken_s / heard.received * 1e6, heard)


def bridged_calls(
    calls: int, seconds: int, recordings: Path | None = None, *, priority: int = 0
) -> Measured:
    sockets = 2 * calls
    engine = _engine(sockets, priority)
    with LoadProcess("generate", sockets, seconds, PACKET_MS) as generator:
        legs = [_leg(engine, port) for port in generator.ports]
        for (a, _), (b, _) in zip(legs[::2], legs[1::2], strict=True):
            engine.bridge(a, b)
            if recordings is not None:
                recording = engine.start_recording(recordings / f"{a}.wav")
                engine.assign_recording(recording, left=a, right=b)
        measured = _measure(generator, [port for _, port in legs], seconds)
    engine.close()
    return measured


def prompts(listeners: int, seconds: int, *, priority: int = 0) -> Measured:
    """What the engine sent is what was to be heard: it stops a little before the generator does."""
    engine = _engine(listeners, priority)
    sound = engine.load_sound(bytes(2 * 8000))
    with LoadProcess("generate", listeners, seconds, PACKET_MS) as generator:
        legs = [_leg(engine, port)[0] for port in generator.ports]
        before = cpu_s(os.getpid(), WORKER)
        generator.aim([0] * listeners)
        for leg in legs:
            engine.play(leg, [sound], 1, loop=True)
        time.sleep(seconds)
        for leg in legs:
            engine.stop(leg)
        taken_s = cpu_s(os.getpid(), WORKER) - before
        heard = generator.result()
        sent = engine.totals()["packets_out"]
        heard = replace(heard, sent=sent, p50_us=0, p99_us=0)  # sound bears no time
    engine.close()
    return Measured(taken_s / seconds, taken_s / heard.received * 1e6, heard)


def _engine(legs: int, priority: int = 0) -> Engine:
    assert legs <= (LAST - FIRST) // 4, (
        "the engine looks for free ports itself, if there are enough"
    )
    engine = Engine(FIRST, LAST, quarantine_s=0)
    for problem in schedule_workers((), priority):
        print(f"no priority: {problem}")
    return engine


def _leg(engine: Engine, peer_port: int) -> tuple[int, int]:
    leg, port = engine.open_leg(LOOPBACK)
    engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=101, ptime_ms=PACKET_MS)
    engine.set_remote(leg, LOOPBACK, peer_port, latch="strict")
    return leg, port


def _measure(generator: LoadProcess, destinations: list[int], seconds: int) -> Measured:
    before, written = cpu_s(os.getpid(), WORKER), cpu_s(os.getpid(), WRITER)
    generator.aim(destinations)
    heard = generator.result()
    taken_s = cpu_s(os.getpid(), WORKER) - before
    writer_s = cpu_s(os.getpid(), WRITER) - written
    return Measured(
        taken_s / seconds, taken_s / heard.received * 1e6, heard, writer_core=writer_s / seconds
    )


def _say(what: str, runs: list[Measured]) -> None:
    core = statistics.median(one.core for one in runs)
    packet_us = statistics.median(one.packet_us for one in runs)
    heard = sorted((one.heard for one in runs), key=lambda heard: heard.p99_us)[len(runs) // 2]
    line = f"{what}: {core:.2%} of a core, {packet_us:.2f} µs per packet"
    if heard.sent:
        line += f"; delay p50 {heard.p50_us}, p99 {heard.p99_us} µs; lost {heard.lost:.3%}"
    print(line, flush=True)


if __name__ == "__main__":
    main()
