"""CPU per ACD call: SIPp callers and agents around a real centre, measured by the kernel.

    python -m bench.calls [--calls 600] [--rate 50] [--talk-s 1] [--runs 3]

Prints the median over runs of the server's user + system time per call (all its threads), beside
a yardstick from the same run: what SIPp's own plain UAS takes for a call. The server is warm: some
calls went before. Every call must be answered by an agent, else the run counts as failed.
"""

import argparse
import asyncio
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.rig.centre import Centre
from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.process_counts import cpu_s, loop_cpu_s, memory_mb

AGENTS: Final = 500
MEDIA_PORTS: Final = 4000
GRACE_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Load:
    calls: int
    rate: float
    talk_s: float


WARM_UP: Final = Load(calls=300, rate=50.0, talk_s=0.5)
"""Before anything is measured: what the first calls import, compile and prepare is no cost of a
call, and spread over few calls would be the largest one."""


@dataclass(frozen=True, slots=True)
class Measured:
    """`cpu_ms`, of it `loop_ms` on the loop, and `yardstick_ms` are per call; `setup_ms` is the
    mean of INVITE to our 200."""

    cpu_ms: float
    loop_ms: float
    yardstick_ms: float
    answered: int
    setup_ms: float
    offer_ms: float
    memory_mb: float


async def main() -> None:
    load, runs = _arguments()
    found = []
    for number in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            one = await _measure(load, Path(folder))
        found.append(one)
        print(f"run {number + 1}: {_line(one)}", flush=True)
        if one.answered != load.calls:
            raise SystemExit(f"only {one.answered} of {load.calls} calls were answered")
    cpu = statistics.median(one.cpu_ms for one in found)
    yardstick = statistics.median(one.yardstick_ms for one in found)
    print(
        f"median of {runs}: {cpu:.2f} ms of CPU per call, "
        f"{cpu / yardstick:.1f} times SIPp's plain UAS ({yardstick:.2f} ms)"
    )


def _arguments() -> tuple[Load, int]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=600)
    parser.add_argument("--rate", type=float, default=50.0, help="calls per second")
    parser.add_argument("--talk-s", type=float, default=1.0)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    return Load(given.calls, given.rate, given.talk_s), given.runs


async def _measure(load: Load, folder: Path) -> Measured:
    agents = free_ports(2)
    async with Centre(
        folder, sample="bench", changes=contacts(agents), rtp_ports=MEDIA_PORTS
    ) as centre:
        phones = await sipp("-sn", "uas", "-p", str(agents), folder=folder)
        pid = centre.process.pid
        await call(centre.sip, "1001", WARM_UP, folder)
        before, loop_before = cpu_s(pid), loop_cpu_s(pid)
        await call(centre.sip, "1001", load, folder)
        used_s, loop_s = cpu_s(pid) - before, loop_cpu_s(pid) - loop_before
        yard_before = cpu_s(phones.pid)
        await call(f"{LOOPBACK}:{agents}", "1001", load, folder)
        yard_s = cpu_s(phones.pid) - yard_before
        answered = await centre.metric("sentral_queue_answered_total", queue="support")
        answered -= WARM_UP.calls
        setup_s = await _mean(centre, "sentral_call_setup_seconds")
        offer_s = await _mean(centre, "sentral_offer_latency_seconds")
        memory = memory_mb(pid)
        phones.terminate()
        await phones.wait()
    return Measured(
        cpu_ms=1000 * used_s / load.calls,
        loop_ms=1000 * loop_s / load.calls,
        yardstick_ms=1000 * yard_s / load.calls,
        answered=round(answered),
        setup_ms=1000 * setup_s,
        offer_ms=1000 * offer_s,
        memory_mb=memory,
    )


def contacts(port: int) -> dict[str, Any]:
    contact = f"sip:{{number}}@{LOOPBACK}:{port}"
    return {
        "phones": {f"3001..{3000 + AGENTS}": {"agent": "{number}", "contact": contact}},
        "telemetry": {"log_level": "warning"},
    }


async def call(remote: str, number: str, load: Load, folder: Path) -> None:
    options = (
        *("-sn", "uac", "-s", number, "-m", str(load.calls), "-r", f"{load.rate:g}"),
        *("-d", str(round(1000 * load.talk_s)), remote),
    )
    process = await sipp(*options, folder=folder)
    async with asyncio.timeout(load.calls / load.rate + load.talk_s + GRACE_S):
        await process.wait()


async def sipp(*options: str, folder: Path) -> asyncio.subprocess.Process:
    media = str(free_ports(4))
    return await asyncio.create_subprocess_exec(
        *("sipp", "-i", LOOPBACK, "-mp", media, "-nostdin", *options),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def _mean(centre: Centre, histogram: str) -> float:
    count = await centre.metric(f"{histogram}_count")
    return await centre.metric(f"{histogram}_sum") / count if count else 0.0


def _line(one: Measured) -> str:
    return (
        f"{one.cpu_ms:.2f} ms CPU per call, {one.loop_ms:.2f} on the loop "
        f"(SIPp's UAS {one.yardstick_ms:.2f}), "
        f"INVITE→200 {one.setup_ms:.2f} ms, offer→INVITE {one.offer_ms:.2f} ms on average, "
        f"{one.memory_mb:.0f} MB"
    )


if __name__ == "__main__":
    asyncio.run(main())
