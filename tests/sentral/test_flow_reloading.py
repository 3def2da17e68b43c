"""Flows reloaded in the served centre: by the API, by a signal, and by their files changing."""

import asyncio
import signal
from pathlib import Path
from typing import Any

import aiohttp

from tests.rig.centre import POLL_S, Centre

FLOW = "languages: [en]\nstart: a\nnodes:\n  a: {kind: hang_up}\n"


async def main_version(centre: Centre) -> str:
    return str((await centre.api("/api/v1/flows"))["flows"]["main"])


async def until_changed(centre: Centre, before: str) -> str:
    async with asyncio.timeout(60):
        while (now := await main_version(centre)) == before:  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)  # it can only be asked again
    return now


async def test_good_flows_replace_and_broken_ones_do_not(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    path = flows / "main.yaml"
    path.write_text(FLOW)
    numbers = [{"dial": "1000", "flow": "main"}]
    changes: dict[str, Any] = {"flows": str(flows), "numbers": numbers}
    async with Centre(tmp_path, changes=changes) as centre:
        first = await main_version(centre)

        path.write_text(FLOW + "# by the API\n")
        answer = await centre.api("/api/v1/flows/reload", method="POST")
        assert answer["changed"] == ["main"]
        second = answer["flows"]["main"]
        assert second != first

        path.write_text(FLOW.replace("start: a", "start: b"))
        headers = {"Authorization": f"Bearer {centre.token_file.read_text().strip()}"}
        async with (
            aiohttp.ClientSession(centre.url) as http,
            http.post("/api/v1/flows/reload", headers=headers) as refused,
        ):
            assert refused.status == 409
            assert f"{path}:2: start: there is no node 'b'" in await refused.text()
        assert await main_version(centre) == second

        path.write_text(FLOW + "# by a signal\n")
        centre.process.send_signal(signal.SIGHUP)
        third = await until_changed(centre, second)

        path.write_text(FLOW + "# because the file changed\n")
        assert await until_changed(centre, third) != third
