"""A program of ours in a process of its own: for work that takes long, or could crash.

It tells one JSON line once it is ready, {"problem"} when it never will be. It is started when it
is needed, and again when it has died or had to be ended.
"""

import asyncio
import json
import sys
from typing import Any, Final

LOADING_S: Final = 60.0
"""An engine may have to read a model of gigabytes."""
LONGEST_LINE_BYTES: Final = 1 << 20


class ChildFailed(Exception):
    """It does not start, or has died; the message tells why."""


class ChildProcess:
    """Use it from the event loop only."""

    def __init__(self, module: str, *arguments: str) -> None:
        """It runs as `python -m module arguments…`."""
        self._command = (sys.executable, "-m", module, *arguments)
        self._process: asyncio.subprocess.Process | None = None
        self._greeting: dict[str, Any] = {}
        self._starting: asyncio.Task[None] | None = None

    async def start(self) -> dict[str, Any]:
        """What it told when it was ready. A start goes on when who waits for it gives up.

        Raises:
            ChildFailed: it tells a problem, or nothing within `LOADING_S`.
        """
        self.prepare()
        if self._starting is not None:
            await asyncio.shield(self._starting)
        return self._greeting

    def prepare(self) -> None:
        """Begin to start it, unless it is there."""
        if self._starting is None and not self._runs:
            self._starting = asyncio.create_task(self._start())
            self._starting.add_done_callback(self._started)

    async def tell(self, job: dict[str, object]) -> None:
        """Write a line; starts it if need be.

        Raises:
            ChildFailed: it cannot be started, or has died.
        """
        await self.start()
        assert self._process is not None
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(job).encode() + b"\n")
            await self._process.stdin.drain()
        except OSError as error:
            raise ChildFailed("its process ended") from error

    async def hear(self) -> dict[str, Any]:
        """The next line that it writes.

        Raises:
            ChildFailed: it has died, or the line is no object.
        """
        assert self._process is not None
        try:
            return await _line(self._process)
        except (OSError, EOFError, ValueError) as error:
            raise ChildFailed("its process ended") from error

    async def hear_bytes(self, count: int) -> bytes:
        """What follows a line that announced so many bytes.

        Raises:
            ChildFailed: it has died.
        """
        assert self._process is not None
        assert self._process.stdout is not None
        try:
            return await self._process.stdout.readexactly(count)
        except (OSError, EOFError) as error:
            raise ChildFailed("its process ended") from error

    async def end(self) -> None:
        """Kill it, at once; the next `start` makes another."""
        if self._starting is not None:
            self._starting.cancel()
            await asyncio.wait([self._starting])
        process, self._process = self._process, None
        if process is not None:
            await _kill(process)

    @property
    def _runs(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def _start(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE_BYTES,
        )
        try:
            async with asyncio.timeout(LOADING_S):
                told = await _line(process)
            if "problem" in told:
                raise ChildFailed(str(told["problem"]))
        except BaseException as error:
            await _kill(process)
            if isinstance(error, TimeoutError | EOFError | ValueError):
                raise ChildFailed("it does not start") from error
            raise
        self._process, self._greeting = process, told

    def _started(self, task: "asyncio.Task[None]") -> None:
        self._starting = None
        if not task.cancelled():
            task.exception()  # told to whoever waits, and nobody may by now


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise EOFError
    told = json.loads(line)
    if not isinstance(told, dict):
        raise ValueError("not an object")
    return told


async def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await asyncio.shield(process.wait())
