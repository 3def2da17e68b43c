"""SIPp's scenarios against each other and against a softphone, before any server is asked."""

from pathlib import Path

import pytest

from tests.rig.sipp import SCENARIOS, SippRun, run_sipp
from tests.rig.softphone import Softphone

pytestmark = pytest.mark.sipp

AGENT = {"number": "agent", "caller": "5551234"}
PAIRS = [
    ("uac_calls_support", "uas_agent_answers"),
    ("uac_waits_for_hang_up", "uas_agent_hangs_up"),
    ("uac_abandons_in_queue", "uas_agent_answers"),
    ("uac_cancels_ringing", "uas_agent_never_answers"),
]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(("caller", "agent"), PAIRS)
async def test_a_caller_and_an_agent(
    caller: str, agent: str, transport: str, tmp_path: Path
) -> None:
    async with SippRun(
        agent, folder=tmp_path, calls=2, pause_ms=100, transport=transport
    ) as agents:
        remote = f"127.0.0.1:{agents.port}"
        async with SippRun(
            caller,
            folder=tmp_path,
            remote=remote,
            calls=2,
            pause_ms=300,
            keys=AGENT,
            transport=transport,
        ) as callers:
            assert (await callers.finish()).successful == 2
        assert (await agents.finish()).successful == 2


async def test_what_a_run_did_not_expect_is_told(tmp_path: Path) -> None:
    async with SippRun("uas_agent_is_busy", folder=tmp_path) as agents:
        with pytest.raises(AssertionError, match=r"SIP/2\.0 486 Busy Here"):
            await run_sipp(
                "uac_calls_support",
                folder=tmp_path,
                remote=f"127.0.0.1:{agents.port}",
                pause_ms=100,
                keys=AGENT,
            )


@pytest.mark.softphone
@pytest.mark.slow
async def test_keys_arrive_at_a_softphone(tmp_path: Path) -> None:
    """PJSIP, because baresip sends a re-INVITE as soon as it has answered."""
    async with Softphone.pjsua2(
        user="agent", domain="127.0.0.1", folder=tmp_path, answers=True, codecs=["pcmu"]
    ) as agent:
        await run_sipp(
            "uac_menu_keys",
            folder=tmp_path,
            remote=f"127.0.0.1:{agent.port}",
            pause_ms=1500,
            keys=AGENT,
            presses=[(200, "1"), (700, "#")],
        )
        assert [(await agent.expect("key")).fields["key"] for _ in range(2)] == ["1", "#"]


def test_every_scenario_says_what_it_does() -> None:
    scenarios = sorted(SCENARIOS.glob("*.xml"))
    assert scenarios
    for path in scenarios:
        assert f'<scenario name="{path.stem}">' in path.read_text()
        assert path.stem.split("_")[0] in {"uac", "uas", "register", "watches"}
