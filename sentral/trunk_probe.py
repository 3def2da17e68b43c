"""Asks each gateway of each trunk now and then whether it is there: OPTIONS, RFC 3261 §11."""

import asyncio

from calls.gateways import Gateways
from calls.settings import TrunkSettings
from events.agents import TrunkDown, TrunkUp
from events.ids import TrunkName
from sentral.composition import Parts
from sip.address import Target


class TrunkProbe:
    """A trunk is up while one of its gateways is."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._up: dict[TrunkName, bool] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        for name, trunk in self._parts.trunks.settings.items():
            gateways = self._parts.trunks.gateways[name]
            if trunk.probe_s is None or not gateways.all:
                self._found(name, up=True)  # it calls us: nothing to ask
                continue
            for gateway in gateways.all:
                watch = self._watch(name, trunk, gateways, gateway.uri)
                self._tasks.append(asyncio.create_task(watch))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(
        self, name: TrunkName, trunk: TrunkSettings, gateways: Gateways, uri: str
    ) -> None:
        assert trunk.probe_s is not None
        while True:
            gateways.probed(uri, await self._parts.user_agent.options(Target(uri)))
            self._found(name, up=gateways.up)
            await asyncio.sleep(trunk.probe_s)

    def _found(self, name: TrunkName, *, up: bool) -> None:
        if self._up.get(name) is up:
            return
        self._up[name] = up
        event = TrunkUp(name) if up else TrunkDown(name, "no answer to OPTIONS")
        self._parts.centre.services.feed.append(event)
