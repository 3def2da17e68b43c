"""The whole demo, as a newcomer runs it, on ports of its own."""

import asyncio
import os
import sys
from pathlib import Path

from tests.rig.centre import Centre, render_prompts
from tests.rig.ports import LOOPBACK
from tests.rig.processes import end

END_GRACE_S = 30.0
PEOPLE = ("Robin ", "Luis ", "Carmen ", "Putu ", "Alex ", "Nina ")


async def play(house: Centre) -> tuple[int, str]:
    """Exit code and everything that was printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sentral", "demo", "--config", str(house.config)),
        cwd=house.folder,
        env={**os.environ, "TERM": "dumb"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        printed, _ = await process.communicate()
    finally:
        await end(process, grace_s=END_GRACE_S)
    assert process.returncode is not None
    return process.returncode, printed.decode()


async def test_the_demo_plays_is_honest_and_leaves_nothing(tmp_path: Path) -> None:
    house = Centre(tmp_path)
    await asyncio.to_thread(render_prompts, house.config, house.folder)
    status, printed = await play(house)
    assert status == 0, printed
    lines = printed.splitlines()
    assert max(map(len, lines)) <= 100
    assert "\x1b" not in printed

    rows = {line.split()[0]: line for line in lines if line.startswith(PEOPLE)}
    assert set(rows) == {name.strip() for name in PEOPLE}
    assert "abandoned" in rows["Luis"]
    assert "Ana" in rows["Carmen"]
    assert "Citra" in rows["Putu"]
    assert "rejected (404)" in rows["Nina"]

    assert sum(line.startswith("  yes  ") for line in lines) >= 9
    assert not any(line.startswith("  NO ") for line in lines)
    assert any("re-INVITE (SDP sendonly)" in line for line in lines)
    (together,) = (line.split() for line in lines if line.startswith("together"))
    assert together[1:6] == ["4", "3", "1", "25%", "75%"]

    server = await asyncio.start_server(lambda *_: None, LOOPBACK, house.web_port)
    server.close()  # the centre that the demo started has given its port back
