"""What many calls inside flows at once cost, engine and packets included.

    python -m bench.ivr.many_calls [--calls 2000] [--rate 100] [--seconds 20]

SIPp's callers hear a prompt that never ends, half a minute a node, and SIPp sends each packet
back, so that sound goes both ways all the time. Prints the share of one core that the served
process takes meanwhile, by the kernel's count, and how it falls on its threads.
"""

import argparse
import asyncio
import tempfile
from collections import defaultdict
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from tests.rig.centre import Centre
from tests.rig.ports import LOOPBACK, free_ports

BUDGET: Final = 0.6
"""Of one core."""
PORTS_PER_CALL: Final = 2
GRACE_S: Final = 60.0
FLOW: Final = """\
languages: [en]
start: tell
nodes:
  tell: {kind: wait, seconds: 30, prompt: main_menu, next: more}
  more: {kind: loop, counter: n, times: 1000, again: tell, next: end}
"""


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=100.0, help="calls per second")
    parser.add_argument("--seconds", type=float, default=20.0, help="measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        await _measure(Path(folder), given.calls, given.rate, given.seconds)


async def _measure(folder: Path, calls: int, rate: float, seconds: float) -> None:
    flows = folder / "flows"
    flows.mkdir()
    (flows / "many.yaml").write_text(FLOW)
    changes: dict[str, Any] = {
        "flows": str(flows),
        "numbers": [{"dial": "1100", "flow": "many"}],
        "telemetry": {"log_level": "warning"},
    }
    ports = PORTS_PER_CALL * calls + 200
    async with Centre(folder, sample="bench", changes=changes, rtp_ports=ports) as centre:
        callers = await _callers(centre.sip, calls, rate, folder)
        try:
            await centre.until_metric(
                "sentral_calls_active", calls, within_s=calls / rate + GRACE_S
            )
            await asyncio.sleep(2)  # the last setup's work is over
            packets, began = await _packets(centre), perf_counter()
            before = _threads_s(centre.process.pid)
            await asyncio.sleep(seconds)
            passed = perf_counter() - began
            after, packets_after = _threads_s(centre.process.pid), await _packets(centre)
        finally:
            callers.terminate()
            await callers.wait()
    spent = {name: (after[name] - before[name]) / passed for name in after}
    _tell(calls, spent, (packets_after - packets) / passed)


def _tell(calls: int, spent: dict[str, float], packets_per_s: float) -> None:
    total = sum(spent.values())
    print(
        f"{calls} calls: {total:.1%} of a core (aim: {BUDGET:.0%}), {packets_per_s:.0f} packets/s"
    )
    for name, share in sorted(spent.items(), key=lambda each: -each[1]):
        if share >= 0.001:
            print(f"  {share:6.1%}  {name}")


async def _callers(
    remote: str, calls: int, rate: float, folder: Path
) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *("sipp", "-sn", "uac", "-s", "1100", "-nostdin", "-rtp_echo"),
        *("-m", str(calls), "-l", str(calls), "-r", f"{rate:g}", "-d", "600000"),
        *("-i", LOOPBACK, "-p", str(free_ports(2)), "-mp", str(free_ports(4)), remote),
        cwd=folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def _packets(centre: Centre) -> float:
    return await centre.metric("sentral_rtp_packets_total")


def _threads_s(pid: int) -> dict[str, float]:
    """Seconds on a core by thread name; the scheduler's own count, system calls included."""
    found: dict[str, float] = defaultdict(float)
    for task in Path(f"/proc/{pid}/task").iterdir():
        nanoseconds = int((task / "schedstat").read_text().split()[0])
        found[(task / "comm").read_text().strip()] += nanoseconds / 1e9
    return found


if __name__ == "__main__":
    asyncio.run(main())
