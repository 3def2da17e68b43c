"""A real browser as a phone: SIP over (secure) WebSocket, ICE, DTLS-SRTP, keys by RFC 4733."""

import wave
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.browser.browser_phone import BrowserPhone
from tests.e2e.hearing import ROUNDS, follow, hears
from tests.e2e.stage import CALM, at_rest, phone, prompt
from tests.likeness import likeness
from tests.rig.centre import Centre
from tests.rig.ports import LOOPBACK, free_ports
from tests.sip.authority import Authority, domain
from tests.sound import RATE_HZ, Samples, babble, level_db

pytestmark = [pytest.mark.softphone, pytest.mark.slow]

CIPHERS = ("SRTP_AES128_CM_HMAC_SHA1_80", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM")
LEAST_LIKENESS = 0.8
"""Another prompt reaches 0.64."""
MOST_LOUDER_DB = 2.0
"""G.711, a jitter buffer and a resampler in the browser change the level by less."""
BROWSER_SAYS, PHONE_SAYS = babble(1.0, seed=7), babble(1.0, seed=8)


def speech_db(heard: Samples) -> float:
    """The level of what was said, pauses left out."""
    frames = heard[: heard.size // 160 * 160].reshape(-1, 160)
    return level_db(frames[[level_db(frame) > -45 for frame in frames]].ravel())


async def heard_with(browser: BrowserPhone, sound: Samples, *, seconds: float) -> Samples:
    """What it heard, in so many seconds or, on a busy machine, some more, with this in it."""
    for late_s in (0, 2, 5, 10):
        heard = await browser.heard(seconds=seconds + late_s)
        if (found := likeness(heard, sound)) > LEAST_LIKENESS:
            return heard
    raise AssertionError(f"its likeness is {found}")


def served(folder: Path, transport: str) -> tuple[dict[str, Any], str]:
    """Changes to the demo so that it listens for browsers, and where."""
    port = free_ports(2)
    listener = {"name": "browsers", "transport": transport, "listen": LOOPBACK, "port": port}
    sip: dict[str, Any] = {**CALM["sip"], "listeners": [listener]}
    if transport == "WSS":
        files = Authority(folder).issue("centre", [domain("centre.example")])
        sip["tls"] = {"certificate": files.certificate, "key": files.key}
    return {**CALM, "sip": sip}, f"{transport.lower()}://{LOOPBACK}:{port}"


@pytest.mark.parametrize(("transport", "codec"), [("WS", "audio/PCMU"), ("WSS", "audio/opus")])
async def test_a_browser_hears_the_menu_and_chooses_by_keypad(
    tmp_path: Path, transport: str, codec: str
) -> None:
    changes, url = served(tmp_path, transport)
    async with (
        Centre(tmp_path, changes=changes) as centre,
        BrowserPhone(user="2001", url=url, domain=centre.sip, codecs=(codec,)) as browser,
    ):
        await browser.register()
        await browser.call("1000")
        await browser.until("established")
        choice = prompt("choose_this_language")
        both_s = (len(prompt("welcome")) + len(choice)) / RATE_HZ
        heard = await heard_with(browser, choice, seconds=both_s + 2)
        assert abs(speech_db(heard) - speech_db(choice)) < MOST_LOUDER_DB
        spoken, state, cipher = await browser.codec()
        assert (spoken, state) == (codec, "connected")
        assert cipher in CIPHERS

        await browser.forget()
        await browser.press("1")
        menu = prompt("main_menu")[: 2 * RATE_HZ]
        heard = await heard_with(browser, menu, seconds=5)
        assert likeness(heard, choice) < LEAST_LIKENESS, "the key has ended it"
        await browser.hang_up()
        await at_rest(centre)


async def test_a_browser_is_called_and_talks_with_a_softphone_that_uses_sdes(
    tmp_path: Path,
) -> None:
    changes, url = served(tmp_path, "WS")
    changes["phones"] = {"2002": {"srtp": "required"}}
    voice = tmp_path / "voice.wav"
    with wave.open(str(voice), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(BROWSER_SAYS)
    async with (
        Centre(tmp_path, changes=changes) as centre,
        BrowserPhone(user="2001", url=url, domain=centre.sip, says=voice) as browser,
        phone("pjsua2", "2002", centre, tmp_path, protection="sdes") as caller,
    ):
        await browser.register()
        await caller.register()
        await caller.say(PHONE_SAYS)
        await caller.call(f"sip:2001@{centre.sip}")
        await browser.answer()
        await caller.expect("established", unless=["closed"])
        found: list[float] = []
        while len(found) < ROUNDS and max(found, default=0) <= LEAST_LIKENESS:
            await browser.forget()
            found.append(follow(await browser.heard(seconds=4), PHONE_SAYS).correlation)
        assert found[-1] > LEAST_LIKENESS, found
        await hears(caller, BROWSER_SAYS)
        await browser.hang_up()
        await caller.expect("closed")
        await at_rest(centre)
