"""Starting and ending child processes: by pid, bounded, never by name."""

import asyncio
import contextlib
import signal
from pathlib import Path
from typing import Final

GRACE_S: Final = 20.0
POLL_S: Final = 0.02
BIND_LIMIT_S: Final = 60.0
LISTENING: Final = "0A"


async def end(process: asyncio.subprocess.Process, *, grace_s: float = GRACE_S) -> int:
    """Asks with SIGTERM, insists with SIGKILL; the exit status (negative: the signal)."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), grace_s)
        except TimeoutError:
            process.kill()
    return await process.wait()


def is_bound(port: int, *, udp: bool) -> bool:
    """Whether any process listens on this local port, by the kernel's table."""
    wanted = f":{port:04X}"
    table = Path("/proc/net/udp" if udp else "/proc/net/tcp").read_text().splitlines()[1:]
    rows = (line.split() for line in table)
    return any(row[1].endswith(wanted) and (udp or row[3] == LISTENING) for row in rows)


async def wait_until_bound(port: int, process: asyncio.subprocess.Process, *, udp: bool) -> None:
    """Returns when the process has opened its port; fails when it ended or took too long."""
    async with asyncio.timeout(BIND_LIMIT_S):
        while not is_bound(port, udp=udp):
            assert process.returncode is None, f"ended with {process.returncode} before it listened"
            await asyncio.sleep(POLL_S)  # the kernel's table cannot be awaited
