"""Card digits in a conversation, with real sound: the agent and the recording have silence."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from events.calls import CallBridged
from events.secure_entry import EntryOutcome, SecureEntryBegan, SecureEntryEnded
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import hears_exactly, hears_what
from tests.e2e.stage import phone
from tests.e2e.test_supervision_heard import (
    AGENT,
    CALLER,
    RECORDED,
    TONES,
    channels,
    recordings,
    silence_near,
    sound_of,
)
from tests.rig.centre import Centre, merged
from tests.sound import RATE_HZ, bytes_of, level_db, samples_of, tone

pytestmark = [pytest.mark.softphone, pytest.mark.timeout(240)]

CARD = "4111111111111111"
KEY_TONE = bytes_of(samples_of(tone(770, 1.0, at_db=-17)) + samples_of(tone(1336, 1.0, at_db=-17)))
"""The tones of the key 5, as a phone sends them that agreed to no telephone-event."""


async def hears_silence(phone: Any) -> None:
    """The last half second; on a busy machine what was on its way may come late."""
    last = RATE_HZ // 2
    await hears_what(phone, 1.0, lambda heard: level_db(heard[-last:]), lambda db: db < -60)


async def test_neither_the_agent_nor_the_recording_hears_the_digits(tmp_path: Path) -> None:
    taken: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        taken.append((await request.json(), request.headers["Authorization"]))
        return web.json_response({"token": "tok-1"})

    app = web.Application()
    app.router.add_post("/cards", take)
    async with TestServer(app, host="127.0.0.1") as vault:
        url = str(vault.make_url("/cards"))
        secure = {
            "code": "*7",
            "url": url,
            "token_env": "VAULT",
            "first_digit_s": 60,
            "between_s": 20,
        }
        changes = merged(RECORDED, {"calls": {"secure_entry": secure}})
        async with (
            Centre(tmp_path, changes=changes, environ={"VAULT": "v"}) as centre,
            EventStream(centre) as events,
            phone("baresip", "2002", centre, tmp_path, answers=True) as agent,
            phone("baresip", "2001", centre, tmp_path) as caller,
        ):
            for one, sound in ((agent, tone(AGENT, 1.0, at_db=-14)), (caller, KEY_TONE)):
                await one.register()
                await one.say(sound)
            await caller.call(f"sip:1001@{centre.sip}")
            call = (await events.expect(CallBridged, agent="102")).call
            await hears_exactly(caller, {AGENT}, of=TONES)
            await hears_what(agent, 0.5, level_db, lambda db: db > -30)
            await agent.press("*7")
            await events.expect(SecureEntryBegan, call=call, by="agent")
            await hears_silence(agent)
            await caller.press(f"{CARD}#")
            ended = await events.expect(SecureEntryEnded, call=call)
            assert (ended.outcome, ended.last_four) == (EntryOutcome.SENT, "1111")
            assert taken == [({"digits": CARD, "call": call, "agent": "102"}, "Bearer v")]
            await caller.say(tone(CALLER, 1.0, at_db=-14))
            await hears_exactly(agent, {CALLER}, of=TONES)
            await hears_exactly(caller, {AGENT}, of=TONES)
            await caller.hang_up()
            (row,) = await recordings(centre, call, state="stored", count=1)
            path = tmp_path / "sound.wav"
            path.write_bytes(await sound_of(centre, row["id"]))
            logged = await asyncio.to_thread(centre.log.read_text)
            assert CARD[:8] not in logged
        places = {part["mark"]: round(part["at_s"] * RATE_HZ) for part in row["parts"]}
        begin, end, quarter = places["paused"], places["resumed"], RATE_HZ // 4
        for side in channels(path):
            first, last = silence_near(side, begin, end)
            assert level_db(side[first - 2 * quarter : first - quarter]) > -30
            assert np.abs(side[last + quarter :]).max() > 0.05
