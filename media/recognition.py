"""Understanding what callers say: recordings go to recognisers in processes of their own.

Nothing is recognised on the loop's thread. Everything is bounded: how many wait, and for how long.
What was said is personal: it is given to who asked and logged nowhere.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from media.child_process import ChildFailed, ChildProcess


class RecognitionError(Exception):
    """Nothing is known of what was said; the message tells why."""


class Recognition:
    """One per process. Use it from the event loop only."""

    def __init__(self, engine: str, *, workers: int = 1, most_waiting: int = 50) -> None:
        """`most_waiting`: who comes when so many wait is refused at once."""
        self._engine = engine
        self._workers = [ChildProcess("media.recognising", engine) for _ in range(workers)]
        self._free: asyncio.Queue[ChildProcess] = asyncio.Queue()
        for worker in self._workers:
            self._free.put_nowait(worker)
        self._most_waiting = most_waiting
        self._waiting = 0

    async def languages(self) -> tuple[str, ...]:
        """Which the engine understands; begins to load it in every process.

        Raises:
            RecognitionError: the engine cannot be used.
        """
        try:
            told = await asyncio.gather(*(worker.start() for worker in self._workers))
        except ChildFailed as error:
            raise RecognitionError(f"the recogniser {self._engine}: {error}") from error
        return tuple(told[0].get("languages", ()))

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
            await worker.end()

    async def _ask(
        self, worker: ChildProcess, path: Path, language: str, phrases: Sequence[str]
    ) -> str:
        try:
            await worker.start()
            return await self._answer(worker, path, language, phrases)
        except ChildFailed as error:
            raise RecognitionError(f"the recogniser {self._engine}: {error}") from error

    async def _answer(
        self, worker: ChildProcess, path: Path, language: str, phrases: Sequence[str]
    ) -> str:
        try:
            await worker.tell({"path": str(path), "language": language, "phrases": list(phrases)})
            reply = await worker.hear()
        except BaseException:  # cancelled too: its reply would be the next one's
            await worker.end()
            raise
        if "text" not in reply:
            raise RecognitionError(str(reply.get("problem", "no reply")))
        return str(reply["text"])
