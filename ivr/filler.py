"""Something to hear while the caller waits for work of ours."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeVar

from ivr.caller import Caller
from ivr.spoken import Utterable

T = TypeVar("T")

PAUSE_S: Final = 0.2
"""Between two repetitions."""


async def while_hearing(
    caller: Caller,
    prompts: Sequence[Utterable],
    work: Coroutine[Any, Any, T],
    *,
    after_s: float = 0.0,
) -> T:
    """Do the work; `prompts` are played over and over once it has taken `after_s`.

    Raises:
        CallerGone: the caller hung up; the work is cancelled.
    """
    working = asyncio.create_task(work)
    filling = asyncio.create_task(_filling(caller, prompts, after_s))
    try:
        await asyncio.wait({working, filling}, return_when=asyncio.FIRST_COMPLETED)
        if filling.done() and not working.done():
            filling.result()  # it only ends by an error
        result = await working
        filling.cancel()
        await asyncio.wait({filling})  # so that it stops its own sound and not what follows
        return result
    finally:
        working.cancel()
        filling.cancel()


async def _filling(caller: Caller, prompts: Sequence[Utterable], after_s: float) -> None:
    await asyncio.sleep(after_s)
    while True:
        await caller.play(prompts, stop_on_digit=False)
        await asyncio.sleep(PAUSE_S)
