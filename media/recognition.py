"""Understanding what callers say: recordings go to recognisers in processes of their own.

Nothing is recognised on the loop's thread. Everything is bounded: how many wait, and for how long.
What was said is personal: it is given to who asked and logged nowhere.
"""

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

log: Final = logging.getLogger(__name__)

LOADING_S: Final = 60.0
"""An engine may have to read a model of gigabytes."""
LONGEST_REPLY_BYTES: Final = 1 << 20


class RecognitionError(Exception):
    """Nothing is known of what was said; the message tells why."""


@dataclass(slots=True, eq=False)
class _Worker:
    """One process; None until somebody needs it, and again when it has died or been too slow."""

    process: asyncio.subprocess.Process | None = None
    languages: tuple[str, ...] = ()
    loading: asyncio.Task[asyncio.subprocess.Process] | None = None
    """Goes on when who waits for it gives up: a model may take longer than any caller waits."""


class Recognition:
    """One per process. Use it from the event loop only."""

    def __init__(self, engine: str, *, workers: int = 1, most_waiting: int = 50) -> None:
        """`most_waiting`: who comes when so many wait is refused at once."""
        self._engine = engine
        self._workers = [_Worker() for _ in range(workers)]
        self._free: asyncio.Queue[_Worker] = asyncio.Queue()
        for worker in self._workers:
            self._free.put_nowait(worker)
        self._most_waiting = most_waiting
        self._waiting = 0

    async def languages(self) -> tuple[str, ...]:
        """Which the engine understands; begins to load it in every process.

        Raises:
            RecognitionError: the engine cannot be used.
        """
        await asyncio.gather(*(self._started(worker) for worker in self._workers))
        return self._workers[0].languages

    async def recognise(
        self, path: Path, *, language: str, phrases: Sequence[str] = (), within_s: float = 5.0
    ) -> str:
        """What is said in a WAV file (mono, 16 bit, 8000 Hz): one of `phrases` if there are any.

        Returns:
            Empty when nothing was understood.

        Raises:
            RecognitionError: too many wait, it took too long, or the engine cannot do this.
        """
        if self._waiting >= self._most_waiting:
            raise RecognitionError("too many wait for the recogniser")
        self._waiting += 1
        try:
            async with asyncio.timeout(within_s):
                worker = await self._free.get()
                try:
                    return await self._ask(worker, path, language, phrases)
                finally:
                    self._free.put_nowait(worker)
        except TimeoutError as error:
            raise RecognitionError(f"nothing came within {within_s:g} s") from error
        finally:
            self._waiting -= 1

    async def stop(self) -> None:
        """End the processes; what waits for them fails."""
        for worker in self._workers:
            if worker.loading is not None:
                worker.loading.cancel()
                await asyncio.wait([worker.loading])
            if worker.process is not None:
                await _end(worker.process)

    async def _ask(self, worker: _Worker, path: Path, language: str, phrases: Sequence[str]) -> str:
        job = {"path": str(path), "language": language, "phrases": list(phrases)}
        process = await self._started(worker)
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(job).encode() + b"\n")
            await process.stdin.drain()
            reply = await _read(process)
        except BaseException as error:  # cancelled too: its reply would be the next one's
            await _end(process)
            if isinstance(error, OSError | EOFError | ValueError):
                raise RecognitionError("the recogniser's process ended") from error
            raise
        if "text" not in reply:
            raise RecognitionError(str(reply.get("problem", "no reply")))
        return str(reply["text"])

    async def _started(self, worker: _Worker) -> asyncio.subprocess.Process:
        if worker.process is not None and worker.process.returncode is None:
            return worker.process
        if worker.loading is None:
            worker.loading = asyncio.create_task(self._load(worker))
            worker.loading.add_done_callback(lambda task: _loaded(worker, task))
        return await asyncio.shield(worker.loading)

    async def _load(self, worker: _Worker) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "media.recognising", self._engine),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_REPLY_BYTES,
        )
        try:
            async with asyncio.timeout(LOADING_S):
                told = await _read(process)
            if "languages" not in told:
                raise RecognitionError(str(told.get("problem", "it says nothing")))
        except BaseException as error:
            await _end(process)
            if isinstance(error, TimeoutError | EOFError | ValueError):
                raise RecognitionError(f"the recogniser {self._engine} does not start") from error
            raise
        worker.process, worker.languages = process, tuple(told["languages"])
        log.info("recogniser_started", extra={"engine": self._engine})
        return process


def _loaded(worker: _Worker, task: "asyncio.Task[asyncio.subprocess.Process]") -> None:
    worker.loading = None
    if not task.cancelled() and task.exception() is not None:
        log.warning("recogniser_failed", extra={"problem": str(task.exception())})


async def _read(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise EOFError
    reply = json.loads(line)
    if not isinstance(reply, dict):
        raise ValueError("not an object")
    return reply


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
    await asyncio.shield(process.wait())
