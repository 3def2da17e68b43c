"""Start-up: how long until SIP answers, and the memory of a centre that has nothing to do.

    python -m bench.startup [--sample demo] [--runs 5]

A start counts from the making of the process to the first answered OPTIONS, asked every few
milliseconds over UDP. Each run has an empty store; bytecode is there already, as after an
installation.
"""

import argparse
import asyncio
import os
import socket
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.rig.centre import Centre, render_prompts
from tests.rig.ports import LOOPBACK
from tests.rig.process_counts import cpu_s, memory_mb

ASK_EVERY_S: Final = 0.005
PATIENCE_S: Final = 30.0
RTP_PORTS: Final = 40
IDLE_S: Final = 3.0
"""After the first answer: everything that starts behind it has started."""


@dataclass(frozen=True, slots=True)
class Started:
    """`wall_s` and `cpu_s`: to the first answer; `memory_mb`: resident, when idle."""

    wall_s: float
    cpu_s: float
    memory_mb: float


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", default="demo", help="a file of config/")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as bytecode:
        for number in range(given.runs + 1):
            with tempfile.TemporaryDirectory() as folder:
                one = await _start(Path(folder), given.sample, bytecode)
            if number:  # the first one writes the bytecode
                found.append(one)
                print(f"run {number}: {_line(one)}", flush=True)
    print(f"median of {given.runs}: {_line(_median(found))}")


async def _start(folder: Path, sample: str, bytecode: str) -> Started:
    quiet = {"telemetry": {"log_level": "warning"}}
    centre = Centre(folder, sample=sample, changes=quiet, rtp_ports=RTP_PORTS)
    await asyncio.to_thread(render_prompts, centre.config, centre.folder)
    environ = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode}
    began = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sentral", "serve", "--config", str(centre.config)),
        cwd=centre.folder,
        env={**os.environ, **environ},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await asyncio.to_thread(_until_answered, centre.sip_port)
        wall_s, spent_s = time.monotonic() - began, cpu_s(process.pid)
        await asyncio.sleep(IDLE_S)
        return Started(wall_s, spent_s, memory_mb(process.pid))
    finally:
        if process.returncode is None:
            process.terminate()
            await process.wait()


def _until_answered(port: int) -> None:
    """Raises TimeoutError: nobody answers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.bind((LOOPBACK, 0))
        asking.settimeout(ASK_EVERY_S)
        own = asking.getsockname()[1]
        give_up = time.monotonic() + PATIENCE_S
        for number in range(1_000_000):
            try:
                asking.sendto(_options(port, own, number), (LOOPBACK, port))
                if asking.recv(65536).startswith(b"SIP/2.0 200"):
                    return
            except (TimeoutError, ConnectionRefusedError):
                time.sleep(ASK_EVERY_S)
            if time.monotonic() > give_up:
                break
    raise TimeoutError(f"no answer to OPTIONS within {PATIENCE_S:g} s")


def _options(port: int, own: int, number: int) -> bytes:
    lines = (
        f"OPTIONS sip:{LOOPBACK}:{port} SIP/2.0",
        f"Via: SIP/2.0/UDP {LOOPBACK}:{own};branch=z9hG4bKstart{number}",
        "Max-Forwards: 70",
        f"From: <sip:bench@{LOOPBACK}>;tag=bench",
        f"To: <sip:{LOOPBACK}:{port}>",
        f"Call-ID: start{number}@{LOOPBACK}",
        "CSeq: 1 OPTIONS",
        "Content-Length: 0",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("ascii")


def _median(found: list[Started]) -> Started:
    return Started(
        statistics.median(one.wall_s for one in found),
        statistics.median(one.cpu_s for one in found),
        statistics.median(one.memory_mb for one in found),
    )


def _line(one: Started) -> str:
    return (
        f"first OPTIONS answered after {one.wall_s:.2f} s ({one.cpu_s:.2f} s of CPU), "
        f"{one.memory_mb:.0f} MB when idle"
    )


if __name__ == "__main__":
    asyncio.run(main())
