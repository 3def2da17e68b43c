"""The served centre as a rig part: configured, registered at, called and stopped."""

from pathlib import Path
from typing import Any

import pytest

from tests.rig.centre import Centre, merged
from tests.rig.sipp import register_row, run_sipp
from tests.rig.softphone import Softphone
from tests.sound import RATE_HZ, read_wav, tone, tones_heard

ECHO_EXPLAINED_S = 8
"""Longer than the prompt before the echo."""


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
            heard = read_wav(await caller.heard(more_s=ECHO_EXPLAINED_S + 1))
            assert tones_heard(heard[-RATE_HZ:], [440, 700]) == {700}
            await caller.hang_up()
        await centre.until_metric("sentral_calls_active", 0)
