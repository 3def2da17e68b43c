"""SIPp's own caller against a tiny application on our user agent: the real wire."""

import asyncio
from pathlib import Path

import pytest

from sip.edges.sip_leg import SipLeg
from sip.settings import SipSettings
from tests.rig.ports import free_ports
from tests.rig.sipp import SCENARIOS, SippRun
from tests.sip.parties import Party, PlainDirectory

pytestmark = pytest.mark.sipp

SDP = (
    b"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    b"m=audio 30000 RTP/AVP 0\r\n"
)


def ring_and_answer(party: Party, leg: SipLeg) -> None:
    leg.ring()
    leg.answer(SDP)


@pytest.mark.parametrize("transport", ["u1", "t1"])
async def test_a_hundred_basic_calls(transport: str, tmp_path: Path) -> None:
    directory = PlainDirectory(trunk_hosts={"127.0.0.1": "sipp"})
    party = Party(SipSettings(port=0), directory, on_call=ring_and_answer)
    await party.agent.start()
    command = (
        "sipp", f"127.0.0.1:{party.address.port}", "-sn", "uac", "-t", transport,
        "-i", "127.0.0.1", "-p", str(free_ports(2)), "-mp", str(free_ports(4)),
        "-m", "100", "-r", "50", "-d", "50", "-nostdin", "-timeout", "90s", "-timeout_error",
    )  # fmt: skip
    sipp = await asyncio.create_subprocess_exec(
        *command,
        cwd=tmp_path,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await sipp.communicate()
    assert sipp.returncode == 0, output.decode("utf-8", "replace")[-3000:]
    assert len(party.legs) == 100
    assert party.agent.dialog_count == 0
    await party.agent.stop()


@pytest.mark.parametrize(("password", "calls"), [("secret", 1), ("wrong", 0)])
async def test_it_signs_its_body_where_that_is_required(
    password: str, calls: int, tmp_path: Path
) -> None:
    """Another hand's reckoning of `qop=auth-int`, RFC 7616 §3.4.3."""
    settings = SipSettings(port=0, algorithms=("MD5",), protected_bodies="required")
    directory = PlainDirectory(phones={"2001": "secret"})
    party = Party(settings, directory, on_call=ring_and_answer)
    await party.agent.start()
    try:
        async with SippRun(
            SCENARIOS / "uac_signs_its_body.xml",
            folder=tmp_path,
            remote=f"127.0.0.1:{party.address.port}",
            keys={"number": "1000", "caller": "2001"},
            rows=[[f"[authentication username=2001 password={password}]"]],
            timeout_s=30.0,
        ) as caller:
            if calls:
                await caller.finish()
                await party.agent.drained()
            else:
                with pytest.raises(AssertionError, match="403"):
                    await caller.finish()
        assert len(party.legs) == calls
    finally:
        await party.agent.stop()
