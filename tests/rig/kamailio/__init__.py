"""Runs Kamailio, as a proxy in front of the centre or as a carrier behind it.

    async with Kamailio("front", tmp_path, centre=centre.sip) as proxy:
        ...Softphone.pjsua2(domain=centre.sip, registrar=proxy.sip, …)

Its configuration is the file of that name beside this one; words in capitals are filled in.
"""

import asyncio
import re
import shutil
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.processes import end, wait_until_bound

HERE: Final = Path(__file__).parent
SHOWN_LINES: Final = 40
LIBRARIES: Final = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib",
    "/usr/lib64",
)


class Kamailio:
    """Use it with `async with`; the process, and all that it forked, ends with the block."""

    def __init__(self, name: str, folder: Path, *, port: int | None = None, **words: str) -> None:
        """`words`: what stands for the configuration's words, e.g. `centre` for CENTRE."""
        self.port = port or free_ports(2)
        self.sip = f"{LOOPBACK}:{self.port}"
        self._folder = folder / f"kamailio-{name}-{self.port}"
        self._folder.mkdir()
        self.log = self._folder / "log.txt"
        self._config = self._folder / "kamailio.cfg"
        text = (HERE / f"{name}.cfg").read_text(encoding="utf-8")
        filled = {"PORT": str(self.port), "MODULES": _modules()} | {
            key.upper(): value for key, value in words.items()
        }
        known = "|".join(sorted(filled, key=len, reverse=True))
        text = re.sub(rf"\b({known})\b", lambda found: filled[found.group()], text)
        self._config.write_text(text, encoding="utf-8")

    async def __aenter__(self) -> Self:
        program = shutil.which("kamailio", path="/usr/sbin:/usr/bin:/sbin:/bin")
        if program is None:
            pytest.skip("Kamailio is not installed (Debian: apt-get install kamailio)")
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(program, "-DD", "-E", "-m", "32", "-M", "4", "-n", "2"),
                *("-f", str(self._config), "-Y", str(self._folder), "-w", str(self._folder)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )
        try:
            await wait_until_bound(self.port, self._process, udp=True)
        except (AssertionError, TimeoutError) as error:
            await end(self._process)
            raise AssertionError(f"{error}\n{self.last_log()}") from None
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def stop(self) -> None:
        """It is gone from now on; harmless when it is already."""
        await end(self._process)

    def last_log(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return f"{self.log}:\n" + "\n".join(lines[-SHOWN_LINES:])


def _modules() -> str:
    """Where the modules are; "" where there are none, and no program either."""
    found = [path for root in LIBRARIES if (path := Path(root, "kamailio/modules")).is_dir()]
    return f"{found[0]}/" if found else ""
