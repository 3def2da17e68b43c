"""Speaking while a caller listens: texts go to speech engines in processes of their own.

Nothing is synthesised on the loop's thread. How many speak at once, how many wait and for how long
is bounded. What is said may be personal: it is logged nowhere.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from media.child_process import ChildFailed, ChildProcess
from media.sounds import RATE_HZ
from media.speech import SpeechError

MOST_WAITING: Final = 20
"""Texts that wait for a process; one more is refused at once."""
PATIENCE_S: Final = 10.0
"""Longest silence of an engine, before its first piece and between two."""


class Synthesiser(Protocol):
    """What `SpokenTexts` needs; tests bring their own."""

    async def say(
        self, text: str, voice: str, path: Path, heard: Callable[[bytes], None]
    ) -> None: ...
    def prepare(self) -> None: ...
    async def stop(self) -> None: ...


class Synthesis:
    """One per process. Use it from the event loop only."""

    def __init__(
        self, engine: str, *, workers: int = 1, most_kept: int = 1000, rate_hz: int = RATE_HZ
    ) -> None:
        """`most_kept`: files in the folder where texts are kept; `rate_hz`: 8000 or 16000."""
        arguments = (engine, str(most_kept), str(rate_hz))
        self._workers = [ChildProcess("media.synthesising", *arguments) for _ in range(workers)]
        self._free: asyncio.LifoQueue[ChildProcess] = asyncio.LifoQueue()
        for worker in self._workers:
            self._free.put_nowait(worker)
        self._waiting = 0
        self._stopped = False

    def prepare(self) -> None:
        """Begin to start a process, so that the first caller need not wait for it."""
        self._workers[-1].prepare()

    async def say(self, text: str, voice: str, path: Path, heard: Callable[[bytes], None]) -> None:
        """Speak, telling each piece: 16-bit mono samples. At the end `path` holds all.

        Who is cancelled ends the process that speaks.

        Raises:
            SpeechError: too many wait, the engine fails, or says nothing for `PATIENCE_S`.
        """
        if self._waiting >= MOST_WAITING:
            raise SpeechError("too many wait for the speech engine")
        self._waiting += 1
        try:
            worker = await self._free.get()
        finally:
            self._waiting -= 1
        try:
            await self._speak(worker, {"text": text, "voice": voice, "path": str(path)}, heard)
        except (ChildFailed, TimeoutError) as error:
            raise SpeechError(str(error) or f"nothing came within {PATIENCE_S:g} s") from error
        finally:
            self._free.put_nowait(worker)

    async def stop(self) -> None:
        """End the processes; who waits for them fails."""
        self._stopped = True
        for worker in self._workers:
            await worker.end()

    async def _speak(
        self, worker: ChildProcess, job: dict[str, object], heard: Callable[[bytes], None]
    ) -> None:
        await worker.start()
        try:
            await worker.tell(job)
            while True:
                async with asyncio.timeout(PATIENCE_S):
                    told = await worker.hear()
                    samples = await worker.hear_bytes(int(told.get("bytes", 0)))
                if "bytes" not in told:
                    break
                heard(samples)
        except BaseException:  # cancelled too: what it still says would be the next one's
            await worker.end()
            if not self._stopped:
                worker.prepare()  # the next caller should not wait for it
            raise
        if "problem" in told:
            raise SpeechError(str(told["problem"]))
