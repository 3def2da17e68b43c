"""A phone behind a real NAT: registered, called after its router would have forgotten it, heard."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.hearing import hears
from tests.e2e.stage import CALM
from tests.rig.centre import Centre, merged
from tests.rig.namespaces import FORGETS_TALK_AFTER_S, nat
from tests.rig.softphone import Softphone
from tests.sound import babble

pytestmark = pytest.mark.softphone

CALLER_SAYS, PHONE_SAYS = babble(1.5, seed=3), babble(1.5, seed=4)
LONGER_S = FORGETS_TALK_AFTER_S + 2


def at(address: str, keep_alive: str) -> dict[str, Any]:
    changed: dict[str, Any] = merged(
        CALM,
        {
            "sip": {"listen": address, "keep_alive": keep_alive, "keep_alive_s": 1.0},
            "media": {"address": address},
        },
    )
    return changed


@pytest.mark.slow
@pytest.mark.parametrize(
    ("keep_alive", "reached"), [("options", True), ("crlf", True), ("never", False)]
)
async def test_a_phone_behind_nat_is_reached_as_long_as_its_pinhole_is_kept_open(
    keep_alive: str, reached: bool, tmp_path: Path
) -> None:
    with nat() as there:
        async with Centre(tmp_path, changes=at(there.outside, keep_alive)) as centre:
            domain = f"{there.outside}:{centre.sip_port}"
            common: dict[str, Any] = {"domain": domain, "folder": tmp_path}
            behind = Softphone.pjsua2(
                user="2001",
                password="demo-2001",
                address=there.inside,
                namespace=there.phone,
                **common,
            )
            caller = Softphone.baresip(
                user="2002", password="demo-2002", address=there.outside, **common
            )
            async with behind, caller:
                await behind.register()
                await caller.register()
                await asyncio.sleep(LONGER_S)  # the router's patience is what is tested
                await behind.say(PHONE_SAYS)
                await caller.say(CALLER_SAYS)
                await caller.call(f"sip:2001@{domain}")
                if not reached:
                    await caller.expect("closed", within_s=20)
                    assert "incoming" not in [event.name for event in behind.events]
                    return
                await behind.answer()
                await caller.expect("established", unless=["closed"])
                await hears(caller, PHONE_SAYS)
                await hears(behind, CALLER_SAYS)
                await caller.hang_up()  # our BYE finds it too
                await behind.expect("closed")
