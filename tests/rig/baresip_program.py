"""Debian's own `baresip` program, as a desk phone whose message lamp is watched.

    async with BaresipProgram(user="2004", password="demo-2004", registrar=centre.sip,
                              folder=tmp_path) as phone:
        shown = await phone.shows("Messages-Waiting: yes")

The wheel that plays the other softphones has no module for it; this one subscribes to
message-summary by itself as soon as it is registered, and prints what it is told.
"""

import asyncio
import contextlib
import shutil
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.processes import end

PATIENCE_S: Final = 30.0
MODULES: Final = Path("/usr/lib/baresip/modules")
RTP_PORTS: Final = 4

CONFIG: Final = """
net_interface {address}
sip_listen {address}:{port}
rtp_ports {first_rtp}-{last_rtp}
audio_source aubridge,nothing
audio_player aubridge,nothing
audio_alert aubridge,nothing
module_path {modules}
module g711.so
module aubridge.so
module_app account.so
module_app menu.so
module_app mwi.so
"""
ACCOUNT: Final = "<sip:{user}@{registrar}>;auth_pass={password};regint=600;mwi=yes\n"


class BaresipProgram:
    """One process; use it with `async with`. `output` is all that it has printed."""

    def __init__(self, *, user: str, password: str, registrar: str, folder: Path) -> None:
        if shutil.which("baresip") is None or not (MODULES / "mwi.so").exists():
            pytest.skip("baresip is not installed (Debian: apt-get install baresip-core)")
        self.output = ""
        self._folder = folder / f"baresip-{user}"
        self._folder.mkdir()
        rtp = free_ports(RTP_PORTS)
        config = CONFIG.format(
            address=LOOPBACK,
            port=free_ports(2),
            first_rtp=rtp,
            last_rtp=rtp + RTP_PORTS - 1,
            modules=MODULES,
        )
        (self._folder / "config").write_text(config)
        account = ACCOUNT.format(user=user, registrar=registrar, password=password)
        (self._folder / "accounts").write_text(account)
        (self._folder / "contacts").write_text("")
        self._read_up_to = 0
        self._news = asyncio.Condition()

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *("stdbuf", "-oL", "baresip", "-f", str(self._folder)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await end(self._process)
        await self._reading

    async def shows(self, text: str) -> None:
        """Wait until it prints this, after whatever was waited for before."""
        try:
            async with asyncio.timeout(PATIENCE_S), self._news:
                while (at := self.output.find(text, self._read_up_to)) < 0:
                    assert not self._reading.done(), f"baresip ended:\n{self.output}"
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"baresip never showed {text!r}:\n{self.output}") from None
        self._read_up_to = at + len(text)

    async def _read(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(asyncio.CancelledError):
            while chunk := await self._process.stdout.read(4096):
                async with self._news:
                    self.output += chunk.decode(errors="replace")
                    self._news.notify_all()
        async with self._news:
            self._news.notify_all()
