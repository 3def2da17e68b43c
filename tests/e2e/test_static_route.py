"""A phone behind Kamailio that registers with nobody is called by its configured route."""

from pathlib import Path

import pytest

from tests.e2e.stage import CALM, at_rest
from tests.rig.centre import Centre
from tests.rig.kamailio import Kamailio
from tests.rig.ports import LOOPBACK, free_ports
from tests.rig.sipp import SippRun, run_sipp

PHONE = "2006"


@pytest.mark.sipp
async def test_a_phone_behind_the_proxy_is_called_through_it(tmp_path: Path) -> None:
    port, proxy_port = free_ports(2), free_ports(2)
    way = {
        "contact": f"sip:{PHONE}@{LOOPBACK}:{port}",
        "route": [f"sip:{LOOPBACK}:{proxy_port}"],
    }
    async with (
        Centre(tmp_path, changes={**CALM, "phones": {PHONE: way}}) as centre,
        Kamailio(
            "front",
            tmp_path,
            port=proxy_port,
            centre=centre.sip,
            centre_port=str(centre.sip_port),
        ) as proxy,
        SippRun("uas_agent_answers", folder=tmp_path, port=port, pause_ms=300) as desk,
    ):
        await run_sipp(
            "uac_calls_support",
            folder=tmp_path,
            remote=centre.sip,
            pause_ms=300,
            keys={"number": PHONE, "caller": "5551234"},
        )
        heard = (await desk.finish()).messages
        assert f"Record-Route: <sip:{proxy.sip}" in heard
        assert "\nACK " in heard
        await at_rest(centre)
