"""SIPp registers, proves who it is and dials, by UDP and by TCP.

What a caller does wrong, and all that may happen in a call, is in `test_sipp_callers.py`.

One centre serves the whole file: what one case does must not disturb the next.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.script import OFFER, Script
from tests.e2e.stage import CALM
from tests.rig.centre import Centre
from tests.rig.ports import free_ports
from tests.rig.sipp import SippRun, run_sipp

pytestmark = [
    pytest.mark.sipp,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("sipp_answers"),
]

RINGING_PHONE = free_ports(2)
"""Where the demo's phone 2006 is in this file: it rings there until the caller gives up."""

STATIC: dict[str, Any] = {"phones": {"2006": {"contact": f"sip:2006@127.0.0.1:{RINGING_PHONE}"}}}
OURS = "sip:[caller]@[remote_ip]:[remote_port]"
"""The caller as one of our phones."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    async with Centre(tmp_path_factory.mktemp("answers"), changes={**CALM, **STATIC}) as served:
        yield served


async def play(
    script: Script,
    centre: Centre,
    folder: Path,
    *,
    number: str = "1002",
    caller: str = "5551234",
    password: str = "",
    transport: str = "udp",
) -> str:
    """The messages that SIPp sent and received; fails unless the script was followed."""
    async with SippRun(
        script.write(folder),
        folder=folder,
        remote=centre.sip,
        keys={"number": number, "caller": caller},
        rows=[[f"[authentication username={caller} password={password}]"]] if password else (),
        transport=transport,
        pause_ms=0,
    ) as sipp:
        return (await sipp.finish()).messages


# ---- registration


def register(script: Script, *headers: str) -> None:
    uri = "sip:[remote_ip]:[remote_port]"
    script.send("REGISTER", uri=uri, sender=OURS, to=OURS, headers=headers)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_phone_registers_by_md5(transport: str, centre: Centre, tmp_path: Path) -> None:
    script = Script("registers")
    register(script, "Expires: 300")
    script.receive(401, auth=True, matches=[("WWW-Authenticate", "algorithm=MD5")])
    register(script, "Expires: 300", "[field0]")
    script.receive(200, matches=[("Contact", "expires=300")])
    register(script, "Expires: 0", "[field0]")
    script.receive(200)
    await play(script, centre, tmp_path, caller="2003", password="demo-2003", transport=transport)
    await centre.until_metric("sentral_sip_registrations", 0)


@pytest.mark.parametrize("caller", ["2003", "7777"])
async def test_wrong_credentials_get_403_whether_or_not_the_user_exists(
    caller: str, centre: Centre, tmp_path: Path
) -> None:
    script = Script("wrong_password")
    register(script)
    script.receive(401, auth=True)
    register(script, "[field0]")
    script.receive(403)
    await play(script, centre, tmp_path, caller=caller, password="wrong")


async def test_the_challenge_does_not_tell_whether_the_user_exists(
    centre: Centre, tmp_path: Path
) -> None:
    script = Script("asks_who")
    register(script)
    script.receive(401)
    shapes = []
    for caller in ("2003", "7777"):
        folder = tmp_path / caller
        folder.mkdir()
        messages = await play(script, centre, folder, caller=caller)
        answer = messages[messages.index("SIP/2.0 401") :]
        shapes.append([line.split(":")[0] for line in answer.splitlines()])
    assert shapes[0] == shapes[1]


# ---- calls


FROM_TRUNK = "sip:[caller]@[local_ip]:[local_port]"


def call(name: str, *, sender: str = FROM_TRUNK, proves_it: bool = False) -> Script:
    """Dials, is answered; the rest of the script follows."""
    script = Script(name)
    script.send("INVITE", sdp=OFFER, sender=sender)
    if proves_it:
        script.receive(401, auth=True)
        script.send("ACK")
        script.send("INVITE", sdp=OFFER, sender=sender, headers=["[field0]"])
    script.receive(200, opens=True)
    script.send("ACK")
    return script


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_a_trunk_dials_without_proof(transport: str, centre: Centre, tmp_path: Path) -> None:
    script = call("dials")
    script.send("BYE")
    script.receive(200)
    await play(script, centre, tmp_path, transport=transport)
    await centre.until_metric("sentral_sip_dialogs", 0)


@pytest.mark.parametrize("uri", ["tel:1002", "sip:[remote_ip]:[remote_port]"])
async def test_the_number_may_be_in_a_tel_uri_or_in_to_alone(
    uri: str, centre: Centre, tmp_path: Path
) -> None:
    script = Script("dials_otherwise")
    script.send("INVITE", uri=uri, sdp=OFFER)
    script.receive(200, opens=True)
    script.send("ACK")
    script.send("BYE")
    script.receive(200)
    await play(script, centre, tmp_path)


async def test_who_says_to_be_a_phone_must_prove_it(centre: Centre, tmp_path: Path) -> None:
    script = call("proves_it", sender=OURS, proves_it=True)
    script.send("BYE")
    script.receive(200)
    await play(script, centre, tmp_path, caller="2003", password="demo-2003")


async def test_a_number_of_ours_in_a_foreign_domain_is_just_a_number(
    centre: Centre, tmp_path: Path
) -> None:
    script = call("from_abroad", sender="sip:2003@elsewhere.example")
    script.send("BYE")
    script.receive(200)
    await play(script, centre, tmp_path)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_options_tell_what_is_understood(
    transport: str, centre: Centre, tmp_path: Path
) -> None:
    script = Script("asks")
    script.send("OPTIONS")
    script.receive(200, matches=[("Allow", "INVITE, ACK, CANCEL, BYE"), ("Accept", "sdp")])
    await play(script, centre, tmp_path, transport=transport)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
async def test_who_cancels_gets_487_and_the_phone_stops_ringing(
    transport: str, centre: Centre, tmp_path: Path
) -> None:
    async with SippRun(
        "uas_agent_never_answers", folder=tmp_path, port=RINGING_PHONE
    ) as ringing_phone:
        await run_sipp_cancels(centre, tmp_path, transport)
        await ringing_phone.finish()
    await centre.until_metric("sentral_sip_dialogs", 0)


async def run_sipp_cancels(centre: Centre, folder: Path, transport: str) -> None:
    script = Script("cancels")
    script.send("INVITE", sdp=OFFER)
    script.receive(180)
    script.send("CANCEL")
    script.receive(200)
    script.receive(487)
    script.send("ACK")
    await play(script, centre, folder, number="2006", transport=transport)


async def test_everything_is_given_back(centre: Centre, tmp_path: Path) -> None:
    """The last of the file: after all that, nothing is left."""
    await run_sipp(
        "uac_abandons_in_queue",
        folder=tmp_path,
        remote=centre.sip,
        calls=3,
        pause_ms=100,
        keys={"number": "1001", "caller": "5551234"},
    )
    await centre.until_metric("sentral_calls_active", 0)
    await centre.until_metric("sentral_media_ports", 0, state="in_use")
    await centre.until_metric("sentral_sip_transactions", 0)
