"""Kamailio in front of the centre, and as the carrier behind it: foreign code on every hop."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import pytest

from events.agents import PhoneLost, PhoneReached, TrunkDown
from events.calls import CallArrived, CallBridged, CallEnded, Outcome
from tests.e2e.event_stream import EventStream
from tests.e2e.hearing import hears
from tests.e2e.stage import CALM, PATIENCE_S, agent, at_rest, phone, until_agent
from tests.rig.centre import POLL_S, Centre, merged
from tests.rig.kamailio import Kamailio
from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.softphone import Softphone
from tests.sound import babble

pytestmark = pytest.mark.softphone

CALLER_SAYS, AGENT_SAYS = babble(1.5, seed=3), babble(1.5, seed=4)
PASSWORD = "line-password"
TRUNK_EVERY_S = 0.5


def front(centre: Centre, folder: Path) -> Kamailio:
    return Kamailio("front", folder, centre=centre.sip, centre_port=str(centre.sip_port))


@pytest.mark.slow
async def test_phones_register_and_talk_through_a_proxy_in_front(tmp_path: Path) -> None:
    changes = merged(CALM, {"sip": {"proxies": [LOOPBACK]}})
    async with (
        Centre(tmp_path, changes=changes) as centre,
        EventStream(centre) as events,
        front(centre, tmp_path) as proxy,
        phone("pjsua2", "2002", centre, tmp_path, registrar=proxy.sip) as desk,
        phone("pjsua2", "2001", centre, tmp_path, registrar=proxy.sip) as caller,
    ):
        await desk.register()
        await caller.register()
        await events.expect(PhoneReached, phone="2002")
        await desk.say(AGENT_SAYS)
        await caller.say(CALLER_SAYS)
        await caller.call(f"sip:1001@{centre.sip}")
        await desk.answer()
        await events.expect(CallBridged, agent="102")
        await hears(caller, AGENT_SAYS)
        await hears(desk, CALLER_SAYS)
        assert sent_with(desk, "INVITE", "Record-Route", proxy.sip)
        await desk.hang_up()
        await events.expect(CallEnded, outcome=Outcome.ANSWERED)
        await at_rest(centre)
        await desk.unregister()
        await events.expect(PhoneLost, phone="2002", reason="unregistered")


@pytest.mark.slow
async def test_the_path_survives_a_crash_of_the_centre(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        front(centre, tmp_path) as proxy,
        phone("pjsua2", "2001", centre, tmp_path, registrar=proxy.sip) as desk,
        phone("baresip", "2002", centre, tmp_path) as caller,
    ):
        await desk.register()
        await until_agent(centre, "101", state="available")
        await centre.stop()
        await centre.start_again()
        assert (await agent(centre, "101"))["reachable"]
        await caller.register()
        await caller.call(f"sip:2001@{centre.sip}")
        await desk.answer()
        await caller.expect("established", unless=["closed"])
        await caller.hang_up()
        await at_rest(centre)


def carrier_trunk(*gateways: str, registrars: tuple[str, ...] = ()) -> dict[str, Any]:
    """The demo with a trunk to the carrier, and the numbers 8… through it."""
    trunk: dict[str, Any] = {
        "username": "line1",
        "password_env": "LINE1_PASSWORD",
        "gateways": [{"uri": f"sip:{uri}", "priority": n} for n, uri in enumerate(gateways)],
        "probe_s": TRUNK_EVERY_S,
        "rewrite_called": [{"dial": "8.", "strip": 1, "prefix": "+62"}],
    }
    if registrars:
        first, *further = (f"sip:{each}" for each in registrars)
        trunk["registration"] = {"registrar": first, "further": further, "expires_s": 30}
    numbers: list[dict[str, str]] = [
        {"dial": "1002", "flow": "echo"},
        {"dial": "200X", "phone": "dialled"},
        *([{"dial": "8X.", "trunk": "carrier"}] if gateways else []),
    ]
    changed: dict[str, Any] = merged(CALM, {"trunks": {"carrier": trunk}, "numbers": numbers})
    return changed


def carrier(folder: Path, subscriber_port: int, **words: Any) -> Kamailio:
    usual = {"password": PASSWORD, "overloaded": "0", "min_expires": "10"}
    return Kamailio("carrier", folder, subscriber_port=str(subscriber_port), **(usual | words))


def subscriber(folder: Path, **options: Any) -> Softphone:
    """Somebody at the carrier, who needs no password there."""
    return Softphone.pjsua2(user="+62811", domain=LOOPBACK, folder=folder, **options)


@pytest.mark.slow
async def test_a_call_leaves_by_the_carrier_that_is_not_overloaded(tmp_path: Path) -> None:
    async with contextlib.AsyncExitStack() as stack:
        far = await stack.enter_async_context(subscriber(tmp_path))
        full = await stack.enter_async_context(carrier(tmp_path, far.port, overloaded="1"))
        free = await stack.enter_async_context(carrier(tmp_path, far.port))
        centre = await stack.enter_async_context(
            Centre(
                tmp_path,
                changes=carrier_trunk(full.sip, free.sip),
                environ={"LINE1_PASSWORD": PASSWORD},
            )
        )
        events = await stack.enter_async_context(EventStream(centre))
        near = await stack.enter_async_context(phone("baresip", "2001", centre, tmp_path))
        await near.register()
        await near.say(CALLER_SAYS)
        await far.say(AGENT_SAYS)
        await near.call(f"sip:8811@{centre.sip}")
        await far.answer()
        await near.expect("established", unless=["closed"])
        await hears(near, AGENT_SAYS)
        await hears(far, CALLER_SAYS)
        assert f"sip:+62811@{far.contact.rpartition('@')[2]}" in far.log.read_text(
            "utf-8", "replace"
        )
        await far.hang_up()
        await events.expect(CallEnded, outcome=Outcome.ANSWERED)
        assert await centre.metric("sentral_trunk_up", trunk="carrier") == 1
        await full.stop()
        await free.stop()
        await events.expect(TrunkDown, trunk="carrier", within_s=60)
        await at_rest(centre, within_s=60)


@pytest.mark.slow
async def test_we_register_at_the_second_registrar_and_are_called_from_there(
    tmp_path: Path,
) -> None:
    nobody = f"{LOOPBACK}:{free_ports(2)}"
    async with contextlib.AsyncExitStack() as stack:
        far = await stack.enter_async_context(subscriber(tmp_path))
        there = await stack.enter_async_context(carrier(tmp_path, far.port, min_expires="45"))
        centre = await stack.enter_async_context(
            Centre(
                tmp_path,
                changes=carrier_trunk(registrars=(nobody, there.sip)),
                environ={"LINE1_PASSWORD": PASSWORD},
            )
        )
        events = await stack.enter_async_context(EventStream(centre))
        await until_logged(centre, "trunk_registered")
        await far.call(f"sip:1002@{there.sip}")
        await far.expect("established", unless=["closed"])
        await events.expect(CallArrived, dialled="1002")
        await far.hang_up()
        await events.expect(CallEnded)
        await at_rest(centre)


async def until_logged(centre: Centre, word: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while word not in centre.read_log():  # noqa: ASYNC110  a file cannot be awaited
            await asyncio.sleep(POLL_S)


def sent_with(device: Softphone, method: str, header: str, text: str) -> bool:
    """Whether the phone's log shows a message of the method with this in a header."""
    log = device.log.read_text(encoding="utf-8", errors="replace")
    return method in log and any(
        line.lower().startswith(header.lower()) and text in line for line in log.splitlines()
    )
