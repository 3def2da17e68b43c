"""The time in which a call's story may run: while its caller is there."""

import asyncio
from collections.abc import Awaitable, Callable

from ivr.caller import CallerGone


class PassedOn(CallerGone):
    """The caller leaves this story for another one: who spoke with them passed them on."""

    def __init__(self, kind: str, target: str, number: str) -> None:
        super().__init__(f"to {kind} {target}")
        self.kind, self.target, self.number = kind, target, number


class Scope:
    """One per call. A hang-up ends what runs, and only when that is over may anything follow."""

    def __init__(self) -> None:
        self._gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def leave(self) -> None:
        """The caller is gone, or must go."""
        if not self._gone.done():
            self._gone.set_result(None)

    async def run(self, work: Awaitable[None]) -> None:
        """Run the story until it ends or the caller is gone.

        Raises:
            CallerGone: the caller left first; the work has been cancelled and is over.
        """
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, self._gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})
        if task.cancelled():
            raise CallerGone
        task.result()


async def within(limit_s: float, work: Callable[[], Awaitable[None]]) -> bool:
    """Do what is left to do without a caller; false if it took too long and was cut short."""
    try:
        async with asyncio.timeout(limit_s):
            await work()
    except TimeoutError:
        return False
    return True
