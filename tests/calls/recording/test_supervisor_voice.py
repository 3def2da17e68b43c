"""A supervisor's voice in a recording: as the policy says, on the sides of those who hear it."""

from pathlib import Path
from typing import cast

import pytest

from events.calls import CallArrived, CallHeld, CallResumed
from events.supervision import Mode, SupervisionBegan, SupervisionEnded
from media.leg import MediaLeg
from tests.calls.house import House
from tests.calls.supervision.test_supervision import SUPERVISOR, Floor
from tests.virtual_time import in_virtual_time

BOTH, RIGHT, NOWHERE = "both", "right", "nowhere"

POLICIES = {
    "none": {Mode.LISTEN: NOWHERE, Mode.WHISPER: NOWHERE, Mode.BARGE: NOWHERE},
    "barge": {Mode.LISTEN: NOWHERE, Mode.WHISPER: NOWHERE, Mode.BARGE: BOTH},
    "all": {Mode.LISTEN: NOWHERE, Mode.WHISPER: RIGHT, Mode.BARGE: BOTH},
}


def place(house: House) -> str:
    """Where the engine was told to add the supervisor's sound."""
    (file,) = house.media.script.recordings.values()
    if file.guest is None:
        return NOWHERE
    voice = house.call.services.supervisors.voice_on(house.the(CallArrived).call)
    assert voice is not None
    assert file.guest == cast(MediaLeg, voice[0].media).id
    return BOTH if file.guest_in_both else RIGHT


def recorded(tmp_path: Path, **policy: str) -> House:
    return House(tmp_path, changes={"recording": {"record": "always", **policy}})


@pytest.mark.parametrize("policy", POLICIES)
@in_virtual_time
async def test_the_policy_says_whose_voice_is_kept(policy: str, tmp_path: Path) -> None:
    async with recorded(tmp_path, supervisor=policy) as house:
        floor = Floor(house)
        await floor.talk()
        found = {}
        for mode in Mode:
            floor.ring(mode)
            await house.later(2)
            found[mode] = place(house)
        assert found == POLICIES[policy]
        floor.supervisor.hang_up()
        await house.until(SupervisionEnded)
        assert place(house) == NOWHERE


@in_virtual_time
async def test_while_nobody_is_recorded_the_supervisor_is_not_either(tmp_path: Path) -> None:
    async with recorded(tmp_path) as house:
        floor = Floor(house)
        await floor.talk()
        floor.ring(Mode.BARGE)
        assert (await house.until(SupervisionBegan)).phone == SUPERVISOR
        assert place(house) == BOTH
        floor.agent.hold()
        await house.until(CallHeld)
        assert place(house) == NOWHERE
        floor.agent.resume()
        await house.until(CallResumed)
        assert place(house) == BOTH, "what everybody hears, unless it is said otherwise"
