"""A browser as a phone: headless Chromium with the page beside this file, driven by Playwright.

    async with BrowserPhone(centre, user="2001", url="ws://127.0.0.1:5066") as phone:
        await phone.call("1000")
        await phone.press("1")
        heard = await phone.heard(until_s=3)

Its microphone is a WAV file, said over and over; what it hears is kept as samples at 8000 Hz.
"""

import asyncio
import base64
import shutil
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import pytest
from aiohttp import web
from playwright.async_api import Page, async_playwright

from tests.rig.ports import LOOPBACK, free_ports
from tests.sound import Samples

PAGE: Final = Path(__file__).parent
PATIENCE_S: Final = 30.0
POLL_S: Final = 0.05
RATE_HZ: Final = 8000
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str:
    """The browser's program; skips the test where there is none."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium here (Debian: apt-get install chromium)")
    return found


class BrowserPhone:
    """One browser with one phone. Use it with `async with`; it ends with the block."""

    def __init__(
        self,
        *,
        user: str,
        url: str,
        domain: str,
        says: Path | None = None,
        codecs: tuple[str, ...] = ("audio/PCMU",),
    ) -> None:
        """`url`: of the centre's WebSocket. `says`: a WAV file, else the browser's own beeps."""
        self.user = user
        self._options = {
            "url": url,
            "user": user,
            "password": f"demo-{user}",
            "domain": domain,
            "codecs": list(codecs),
        }
        self._says = says
        self._page: Page

    async def __aenter__(self) -> Self:
        program = chromium()
        port = free_ports(2)
        served = web.Application()
        served.router.add_static("/", PAGE)
        self._server = web.AppRunner(served)
        await self._server.setup()
        await web.TCPSite(self._server, LOOPBACK, port).start()
        microphone = (f"--use-file-for-fake-audio-capture={self._says}",) if self._says else ()
        self._playwright = await async_playwright().start()
        self._browser = await self._playwright.chromium.launch(
            executable_path=program,
            args=[
                "--no-sandbox",
                "--use-fake-ui-for-media-stream",
                "--use-fake-device-for-media-stream",
                "--allow-loopback-in-peer-connection",
                "--autoplay-policy=no-user-gesture-required",
                "--disable-features=WebRtcHideLocalIpsWithMdns",
                "--ignore-certificate-errors",  # ours is signed by nobody
                *microphone,
            ],
        )
        self._page = await self._browser.new_page()
        self.told: list[str] = []
        self._page.on("console", lambda message: self.told.append(message.text))
        self._page.on("pageerror", lambda error: self.told.append(str(error)))
        await self._page.goto(f"http://{LOOPBACK}:{port}/phone.html")
        await self._page.evaluate(
            "async (options) => { window.phone = new Phone(options); await phone.open(); }",
            self._options,
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._browser.close()
        await self._playwright.stop()
        await self._server.cleanup()

    async def register(self) -> None:
        status = await self._do("async () => (await phone.register()).status")
        assert status == 200, f"{status} {self.told}"

    async def call(self, number: str) -> None:
        await self._do("(number) => phone.call(number)", number)

    async def answer(self) -> None:
        await self.until("ringing")
        await self._do("() => phone.answer()")

    async def hang_up(self) -> None:
        await self._do("() => phone.hangUp()")

    async def press(self, key: str) -> None:
        await self._do("(key) => phone.press(key)", key)

    async def codec(self) -> list[str]:
        """What it hears is coded and protected by: MIME type, state of DTLS, cipher of SRTP."""
        found: list[str] = await self._do("() => phone.codec()")
        return found

    async def until(self, state: str) -> None:
        """Waits for a state of the call: "ringing", "established", "ended" or "refused 488"."""
        found = await self._do("() => phone.state")
        for _ in range(round(PATIENCE_S / POLL_S)):
            if found == state:
                return
            await asyncio.sleep(POLL_S)  # a page can only be asked again
            found = await self._do("() => phone.state")
        raise AssertionError(f"the browser is {found!r}, not {state!r}: {self.told}")

    async def forget(self) -> None:
        """Begin to listen anew."""
        await self._do("() => { phone.heard = []; }")

    async def heard(self, *, seconds: float) -> Samples:
        """Waits until there are so many seconds of what it heard since the call or `forget`."""
        wanted = round(seconds * RATE_HZ)
        counted = "() => phone.heard.reduce((sum, chunk) => sum + chunk.length, 0)"
        for _ in range(round((PATIENCE_S + seconds) / POLL_S)):
            if await self._do(counted) >= wanted:
                break
            await asyncio.sleep(POLL_S)
        else:
            raise AssertionError(f"not {seconds} s of sound came: {self.told}")
        raw = base64.b64decode(await self._do("() => phone.sound()"))
        return np.frombuffer(raw, dtype="<i2").astype(np.float64) / 32768

    async def _do(self, script: str, argument: Any = None) -> Any:
        return await asyncio.wait_for(self._page.evaluate(script, argument), PATIENCE_S + 10)
