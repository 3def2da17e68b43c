"""sipsak checks us; sipvicious attacks us, is counted and throttled, and learns nothing."""

import asyncio
import os
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.stage import CALM
from tests.rig.centre import Centre, merged
from tests.rig.ports import LOOPBACK, free_ports

TRIES = 60
REAL = "demo-2001"


def exposed(**sip: Any) -> dict[str, Any]:
    """The demo without a trunk on loopback, whose address would be trusted."""
    elsewhere = {"trunks": {"loopback": {"addresses": ["192.0.2.99"]}}, "sip": sip}
    changed: dict[str, Any] = merged(CALM, elsewhere)
    return changed


async def run(folder: Path, *command: str) -> tuple[int, str]:
    """Exit status and everything that it said; its files stay in the folder."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, "HOME": str(folder)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode or 0, output.decode(errors="replace")


async def vicious(tool: str, folder: Path, centre: Centre, *arguments: str) -> str:
    program = Path(sys.executable).parent / f"sipvicious_{tool}"
    if not program.exists():
        pytest.skip("sipvicious is not installed (make setup)")
    local = str(free_ports(2))
    target = ("-p", str(centre.sip_port), LOOPBACK)
    where = ["-b", LOOPBACK, "-x", LOOPBACK, "-P", local]
    if tool != "svmap":
        where.append("--maximumtime=20")
    _, said = await run(folder, str(program), *where, *arguments, *target)
    return said


async def sipsak(folder: Path, *arguments: str) -> tuple[int, str]:
    if shutil.which("sipsak") is None:
        pytest.skip("sipsak is not installed (Debian: apt-get install sipsak)")
    return await run(folder, "sipsak", *arguments)


async def test_sipsak_finds_us_and_registers_with_a_right_password_alone(tmp_path: Path) -> None:
    async with Centre(tmp_path, changes=exposed()) as centre:
        status, said = await sipsak(tmp_path, "-v", "-s", f"sip:1000@{centre.sip}")
        assert (status, "200" in said) == (0, True), said
        usual = ("-U", "-x", "120", "-C", f"sip:2001@{LOOPBACK}:{free_ports(2)}", "-u", "2001")
        aor = ("-s", f"sip:2001@{centre.sip}")
        status, said = await sipsak(tmp_path, *usual, "-a", REAL, *aor)
        assert status == 0, said
        await centre.until_metric("sentral_sip_registrations", 1)
        status, said = await sipsak(tmp_path, *usual, "-a", "guess", *aor)
        assert status != 0, said


async def test_a_scan_for_extensions_cannot_tell_them_from_numbers_that_do_not_exist(
    tmp_path: Path,
) -> None:
    async with Centre(tmp_path, changes=exposed()) as centre:
        said = await vicious("svwar", tmp_path, centre, "-e2000-2010")
        assert "unknown extension" in said.lower(), said  # it gives up: everybody is one
        for method in ("REGISTER", "INVITE"):
            said = await vicious("svwar", tmp_path, centre, "-e1990-2010", "--force", "-m", method)
            assert judged_alike(said), said


async def test_a_scan_for_servers_learns_that_there_is_one_and_not_which(tmp_path: Path) -> None:
    async with Centre(tmp_path, changes=exposed()) as centre:
        said = await vicious("svmap", tmp_path, centre)
        assert str(centre.sip_port) in said, said
        assert "sentral" not in said.lower().replace(str(tmp_path).lower(), ""), said


@pytest.mark.slow
async def test_guessing_a_password_is_counted_and_ends_in_a_ban(tmp_path: Path) -> None:
    words = tmp_path / "words"
    words.write_text("\n".join([*(f"wrong-{n}" for n in range(TRIES)), REAL]) + "\n")
    async with Centre(tmp_path, changes=exposed(ban_after_failures=20)) as centre:
        said = await vicious("svcrack", tmp_path, centre, "-u", "2001", "-d", str(words))
        assert REAL not in said, said
        rejected = "sentral_sip_rejected_total"
        assert 20 <= await centre.metric(rejected, reason="credentials") < 30  # some were under way
        assert await centre.metric(rejected, reason="banned") > 0
        assert await centre.metric("sentral_sip_registrations") == 0


def judged_alike(said: str) -> bool:
    """Whether every extension in the tool's table has the same judgement, or there is no table."""
    rows = [line.split("|") for line in said.splitlines() if line.startswith("|")]
    judgements = {row[2].strip() for row in rows if row[1].strip().isdigit()}
    found = {row[1].strip() for row in rows if row[1].strip().isdigit()}
    return not found or (len(judgements) == 1 and len(found) == len(range(1990, 2011)))
