"""The image, without Docker: the Dockerfile's steps in a debootstrap root, then it serves."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.dockerfile import Stage, build, instructions
from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.processes import GRACE_S
from tests.structure.checkout import ROOT

DOCKERFILE = ROOT / "docker" / "Dockerfile"
READY_LIMIT_S = 60
MOST_MIB = 450


def test_continued_lines_are_one_step() -> None:
    text = '# no\nFROM a AS b\nRUN one \\\n    && two\n\nCMD ["x"]\n'
    assert instructions(text) == [("FROM", "a AS b"), ("RUN", "one && two"), ("CMD", '["x"]')]


@pytest.fixture
def scratch(tmp_path: Path) -> Iterator[Path]:
    if os.geteuid() != 0:
        pytest.skip("the Dockerfile's steps were not run: a chroot needs root")
    if shutil.which("debootstrap") is None:
        pytest.skip("the Dockerfile's steps were not run: apt-get install debootstrap")
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)  # gigabytes


@pytest.mark.slow
@pytest.mark.timeout(1200)
async def test_its_steps_make_an_image_that_serves(scratch: Path) -> None:
    image = await asyncio.to_thread(build, DOCKERFILE, scratch)
    assert int(image.user) > 0
    assert _size_mib(image.root / "opt" / "sentral") < MOST_MIB

    web, rtp = free_ports(2), free_ports(200)
    environment = image.environment(
        {
            "SENTRAL_SIP__PORT": str(free_ports(2)),
            "SENTRAL_WEB__PORT": str(web),
            "SENTRAL_MEDIA__PORT_FIRST": str(rtp),
            "SENTRAL_MEDIA__PORT_LAST": str(rtp + 199),
            "SENTRAL_HEALTH_URL": f"http://{LOOPBACK}:{web}/healthz",
        }
    )
    command = json.loads(image.said["ENTRYPOINT"]) + json.loads(image.said["CMD"])
    log = scratch / "served.log"
    with log.open("wb") as output:
        server = await asyncio.create_subprocess_exec(
            *image.command(command), env=environment, stdout=output, stderr=output
        )
    try:
        healthy = await _becomes_healthy(image, environment, server)
    finally:
        await _end_inside(server)
    assert healthy, log.read_text()


async def _becomes_healthy(
    image: Stage, environment: dict[str, str], server: asyncio.subprocess.Process
) -> bool:
    """Runs the image's own health check until it passes or the server is gone."""
    check = json.loads(image.said["HEALTHCHECK"].partition("CMD ")[2])
    async with asyncio.timeout(READY_LIMIT_S):
        while server.returncode is None:
            asked = await asyncio.create_subprocess_exec(
                *image.command(check), env=environment, stderr=asyncio.subprocess.DEVNULL
            )
            if await asked.wait() == 0:
                return True
    return False


async def _end_inside(server: asyncio.subprocess.Process) -> None:
    """`unshare` passes no signal on, and changing the user cuts its tie: tell the server itself."""
    inside = _children(server.pid)
    for each in (signal.SIGTERM, signal.SIGKILL):
        for pid in inside:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, each)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait(), GRACE_S)
            return


def _children(pid: int) -> list[int]:
    """Of a process with one thread, proc(5)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _size_mib(folder: Path) -> int:
    return sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file()) // 2**20
