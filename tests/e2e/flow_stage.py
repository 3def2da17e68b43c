"""The centre of `flow_centre`, served: a web service answers it, and agents' phones talk back."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from aiohttp import web

from tests.e2e import flow_centre
from tests.e2e.event_stream import EventStream
from tests.rig.centre import Centre
from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.sipp import SippRun

TALK_MS: Final = 4000
"""How long an agent's phone talks before it hangs up."""
ANSWERS_AFTER_S: Final = 1.5
"""The prompt that is heard meanwhile is shorter."""


@contextlib.asynccontextmanager
async def flows_served(
    folder: Path, *, at_once: int, for_s: float
) -> AsyncIterator[tuple[Centre, EventStream]]:
    """`at_once`: calls that an agent's phone may get together. `for_s`: how long they are there."""
    ports = {phone: free_ports(2) for phone in flow_centre.PHONES}
    async with contextlib.AsyncExitStack() as stack:
        service = await stack.enter_async_context(web_service())
        changes = flow_centre.settings(folder, web=service, agent_ports=ports)
        centre = await stack.enter_async_context(Centre(folder, changes=changes))
        events = await stack.enter_async_context(EventStream(centre))
        for port in ports.values():
            agent = SippRun(
                "uas_agent_hangs_up",
                folder=folder,
                port=port,
                calls=at_once,
                pause_ms=TALK_MS,
                timeout_s=for_s,
                arguments=("-rtp_echo",),
            )
            await stack.enter_async_context(agent)
        yield centre, events


@contextlib.asynccontextmanager
async def web_service() -> AsyncIterator[str]:
    """host:port of a slow service that knows everybody's balance."""

    async def balance(_: web.Request) -> web.Response:
        await asyncio.sleep(ANSWERS_AFTER_S)
        return web.json_response({"balance": 75})

    app = web.Application()
    app.router.add_get("/balance", balance)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_ports(1)
    await web.TCPSite(runner, LOOPBACK, port).start()
    try:
        yield f"{LOOPBACK}:{port}"
    finally:
        await runner.cleanup()
