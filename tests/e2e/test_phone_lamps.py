"""Lamps of phones at the served centre: messages, as PJSIP subscribes to them, and who is busy."""

import re
from pathlib import Path

import pytest

from tests.e2e.stage import CALM, phone
from tests.rig.centre import Centre
from tests.rig.ports import free_ports
from tests.rig.sipp import SippRun, run_sipp

STATE = re.compile(r"<state>(\w+)</state>")


@pytest.mark.softphone
async def test_a_phone_subscribes_to_its_messages(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        phone("pjsua2", "2001", centre, tmp_path, lamp=True) as desk,
    ):
        await desk.register()
        told = await desk.expect("messages")
        assert "Messages-Waiting: no\r\n" in told.fields["text"]
        assert "Voice-Message: 0/0 (0/0)" in told.fields["text"]


@pytest.mark.sipp
async def test_a_busy_lamp_shows_that_a_phone_rings_talks_and_is_free(tmp_path: Path) -> None:
    port = free_ports(2)
    phones = {
        "2006": {"contact": f"sip:2006@127.0.0.1:{port}"},
        "2003": {"watches": ["2006"]},
    }
    sip = {**CALM["sip"], "notify_interval_s": 0.1}
    proof = "[authentication username=2003 password=demo-2003]"
    async with (
        Centre(tmp_path, changes={**CALM, "sip": sip, "phones": phones}) as centre,
        SippRun("uas_agent_answers", folder=tmp_path, port=port, pause_ms=600),
        SippRun(
            "watches_a_phone",
            folder=tmp_path,
            remote=centre.sip,
            keys={"watched": "2006", "watcher": "2003"},
            rows=[[proof]],
        ) as lamp,
    ):
        await centre.until_metric(
            "sentral_sip_responses_total", 1, method="NOTIFY", code="200", direction="in"
        )
        await run_sipp(
            "uac_calls_support",
            folder=tmp_path,
            remote=centre.sip,
            pause_ms=600,
            keys={"number": "2006", "caller": "5551234"},
        )
        told = STATE.findall((await lamp.finish()).messages)
    told = [state for at, state in enumerate(told) if told[at - 1 : at] != [state]]
    assert [state for state in told if state != "trying"] == ["early", "confirmed", "terminated"]
