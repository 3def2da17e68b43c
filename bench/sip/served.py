"""CPU of a plain call, answered and ended by the caller, on real UDP sockets.

    python -m bench.sip.served [--calls 2000] [--rate 200] [--runs 3]

SIPp calls a process of its own that serves nothing but the SIP stack: its user agent answers each
INVITE at once (INVITE, 200, ACK, BYE, 200). User and system time come from the kernel. Beside it
stands what the same calls cost SIPp's own UAS, which is written in C++.
"""

import argparse
import asyncio
import os
import random
import sys
import tempfile
from pathlib import Path
from typing import Final

from bench.sip.parse import SDP
from sip.edges.user_agent import UserAgent
from sip.settings import SipSettings
from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.processes import end, wait_until_bound
from tests.sip.parties import PlainDirectory

TARGET_MS: Final = 0.6
T1_S: Final = 0.1
"""So that transactions end within the run, as they do when a server has run for long."""

LINGER_S: Final = 64 * T1_S + 1.0


async def serve(port: int) -> None:
    """The measured process, until it is told to end."""
    agent = UserAgent(
        SipSettings(port=port, transports=("UDP",), t1_s=T1_S),
        PlainDirectory(trunk_hosts={LOOPBACK: "sipp"}),
        on_call=lambda leg: leg.answer(SDP),
        on_binding=lambda _: None,
        rng=random.Random(1),
    )
    await agent.start()
    await asyncio.Event().wait()


async def measure(calls: int, rate: float) -> tuple[float, float]:
    """CPU per call in ms: ours, and SIPp's."""
    with tempfile.TemporaryDirectory() as folder:
        ours = await _cost(
            (sys.executable, "-m", "bench.sip.served", "--serve"), calls, rate, Path(folder)
        )
        theirs = await _cost(
            ("sipp", "-sn", "uas", "-nostdin", "-i", LOOPBACK, "-p"), calls, rate, Path(folder)
        )
    return ours, theirs


async def _cost(command: tuple[str, ...], calls: int, rate: float, folder: Path) -> float:
    port = free_ports(2)
    here = Path.cwd() if command[0] == sys.executable else folder
    server = await _start(*command, str(port), cwd=here)
    try:
        await wait_until_bound(port, server, udp=True)
        before = _cpu_s(server.pid)
        await _call(port, calls, rate, folder)
        await asyncio.sleep(LINGER_S)  # what transactions still cost when they end
        return 1000 * (_cpu_s(server.pid) - before) / calls
    finally:
        await end(server)


async def _call(port: int, calls: int, rate: float, folder: Path) -> None:
    sipp = await _start(
        *("sipp", "-sn", "uac", "-nostdin", "-i", LOOPBACK, "-p", str(free_ports(2))),
        *("-m", str(calls), "-r", f"{rate:g}", "-d", "0", f"{LOOPBACK}:{port}"),
        cwd=folder,
    )
    assert await sipp.wait() == 0, "not every call went well"


async def _start(*command: str, cwd: Path) -> asyncio.subprocess.Process:
    quiet = asyncio.subprocess.DEVNULL
    return await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdin=quiet, stdout=quiet, stderr=quiet
    )


def _cpu_s(pid: int) -> float:
    """User and system time of a process with all its threads, proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--serve", type=int, default=None, help="be the measured process")
    given = parser.parse_args()
    if given.serve is not None:
        import uvloop

        uvloop.run(serve(given.serve))
        return
    found = [asyncio.run(measure(given.calls, given.rate)) for _ in range(given.runs)]
    ours, theirs = min(found)
    print(
        f"UAS call on UDP: {ours:.2f} ms of CPU (target {TARGET_MS:g}), "
        f"SIPp's UAS {theirs:.2f} ms; the best of {given.runs} runs"
    )


if __name__ == "__main__":
    main()
