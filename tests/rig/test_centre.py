"""The served centre as a rig part: configured, registered at, called and stopped."""

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.hearing import Ear, hears_exactly
from tests.rig.centre import Centre, merged
from tests.rig.sipp import SippRun, register_row, run_sipp
from tests.rig.softphone import Softphone
from tests.sound import babble, tone


def test_changes_are_merged_deeply_and_none_removes() -> None:
    original = {"sip": {"port": 5060, "realm": "sentral"}, "numbers": [1, 2], "customers": "a.csv"}
    changes: dict[str, object] = {
        "sip": {"port": 1},
        "numbers": [3],
        "customers": None,
        "queues": {"new": {}},
    }
    assert merged(original, changes) == {
        "sip": {"port": 1, "realm": "sentral"},
        "numbers": [3],
        "queues": {"new": {}},
    }


def phone(stack: str, user: str, centre: Centre, folder: Path, **options: Any) -> Softphone:
    options = {"password": f"demo-{user}", **options}
    return Softphone(stack, user=user, domain=centre.sip, folder=folder, **options)


@pytest.mark.softphone
@pytest.mark.parametrize("stack", ["baresip", pytest.param("pjsua2", marks=pytest.mark.slow)])
async def test_a_softphone_registers_and_is_refused_with_a_wrong_password(
    stack: str, tmp_path: Path
) -> None:
    async with Centre(tmp_path) as centre:
        async with phone(stack, "2001", centre, tmp_path) as agent:
            await agent.register()
            await centre.until_metric("sentral_sip_registrations", 1)
            await centre.until_metric("sentral_agents", 1, state="available")
            await agent.unregister()
            await centre.until_metric("sentral_sip_registrations", 0)
        async with phone(stack, "2002", centre, tmp_path, password="wrong") as stranger:
            assert (await stranger.try_to_register()).fields["status"] in {401, 403}


@pytest.mark.sipp
async def test_phones_of_sipp_register_and_go(tmp_path: Path) -> None:
    async with Centre(tmp_path) as centre:
        rows = [
            register_row(user, f"demo-{user}", f"sip:{user}@127.0.0.1:9")
            for user in ("2001", "2002")
        ]
        for expires, reachable in (("300", 2), ("0", 0)):
            await run_sipp(
                "register_phone",
                folder=tmp_path,
                remote=centre.sip,
                calls=2,
                rows=rows,
                keys={"expires": expires},
            )
            await centre.until_metric("sentral_sip_registrations", reachable)


@pytest.mark.softphone
async def test_the_echo_number_says_what_it_hears(tmp_path: Path) -> None:
    async with Centre(tmp_path) as centre:
        async with phone("baresip", "2001", centre, tmp_path) as caller:
            await caller.register()
            await caller.say(tone(700, 1))
            await caller.call(f"sip:1002@{centre.sip}")
            await caller.expect("established", unless=["closed"])
            await hears_exactly(caller, {700}, of=(440, 700))
            await caller.hang_up()
        await centre.until_metric("sentral_calls_active", 0)


@pytest.mark.sipp
@pytest.mark.softphone
async def test_a_caller_is_bridged_to_an_agent_who_hears_them(tmp_path: Path) -> None:
    said = babble(4, seed=7)
    async with (
        Centre(tmp_path) as centre,
        phone("baresip", "2002", centre, tmp_path, answers=True) as agent,
    ):
        await agent.register()
        async with SippRun(
            "uac_calls_support",
            folder=tmp_path,
            remote=centre.sip,
            pause_ms=11000,
            keys={"number": "1001", "caller": "5551234"},
            sound=said,
        ) as caller:
            await agent.expect("established")
            await Ear.of(agent).hears(said)
            await caller.finish()
        await agent.expect("closed")
        await centre.until_metric("sentral_queue_answered_total", 1, queue="support")


@pytest.mark.sipp
@pytest.mark.slow
async def test_keys_lead_through_the_menu_to_a_queue(tmp_path: Path) -> None:
    async with Centre(tmp_path) as centre:
        agents = await _agent_of_sipp(centre, tmp_path)
        async with agents:
            await run_sipp(
                "uac_menu_keys",
                folder=tmp_path,
                remote=centre.sip,
                pause_ms=6000,
                keys={"number": "1000", "caller": "5551234"},
                presses=[(500, "1"), (1500, "1")],
            )
            await agents.finish()
        await centre.until_metric("sentral_queue_answered_total", 1, queue="billing")


async def _agent_of_sipp(centre: Centre, folder: Path) -> SippRun:
    """Ana's phone, played by SIPp: registers from the address where it will answer."""
    agents = SippRun("uas_agent_answers", folder=folder, pause_ms=200, arguments=["-rtp_echo"])
    row = register_row("2001", "demo-2001", f"sip:2001@127.0.0.1:{agents.port}")
    async with SippRun(
        "register_phone",
        folder=folder,
        remote=centre.sip,
        port=agents.port,
        rows=[row],
        keys={"expires": "300"},
    ) as registering:
        await registering.finish()
    return agents
