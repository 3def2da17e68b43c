"""The two softphones against each other, without a server: they are the rulers of later tests."""

from pathlib import Path

import pytest

from tests.e2e.hearing import hears_exactly
from tests.rig.softphone import Softphone
from tests.sound import tone

pytestmark = [pytest.mark.softphone, pytest.mark.slow]

BOTH = ALICE_HZ, BOB_HZ = 440, 880
PAIRS = [("baresip", "baresip"), ("baresip", "pjsua2"), ("pjsua2", "baresip")]


def phone(stack: str, user: str, folder: Path, **options: object) -> Softphone:
    """A phone that needs no registrar."""
    return Softphone(stack, user=user, domain="127.0.0.1", folder=folder, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(("caller", "callee"), PAIRS)
async def test_a_call_with_sound_both_ways_keys_and_hold(
    caller: str, callee: str, tmp_path: Path
) -> None:
    async with phone(caller, "alice", tmp_path) as alice, phone(callee, "bob", tmp_path) as bob:
        await alice.say(tone(ALICE_HZ, 60))  # PJSIP stumbles where a sound begins again
        await bob.say(tone(BOB_HZ, 60))
        await alice.call(bob.contact)
        await alice.expect("ringing")
        await bob.answer()
        await alice.expect("established")
        await hears_exactly(alice, {BOB_HZ}, of=BOTH)
        await hears_exactly(bob, {ALICE_HZ}, of=BOTH)

        await alice.press("12#")
        assert [(await bob.expect("key")).fields["key"] for _ in range(3)] == ["1", "2", "#"]

        await bob.hold()
        await alice.expect("held")
        await bob.resume()
        await alice.expect("resumed")
        await hears_exactly(alice, {BOB_HZ}, of=BOTH)

        await bob.hang_up()
        await alice.expect("closed")


@pytest.mark.parametrize("stack", ["baresip", "pjsua2"])
async def test_a_busy_phone_rejects(stack: str, tmp_path: Path) -> None:
    async with phone("baresip", "alice", tmp_path) as alice, phone(stack, "bob", tmp_path) as bob:
        await alice.call(bob.contact)
        await bob.reject()
        assert "486" in (await alice.expect("closed")).fields["reason"]


@pytest.mark.parametrize("stack", ["baresip", "pjsua2"])
async def test_a_problem_is_told_not_waited_out(stack: str, tmp_path: Path) -> None:
    async with phone(stack, "alice", tmp_path) as alice:
        await alice.say(tmp_path / "missing.wav")
        with pytest.raises(AssertionError, match=r"missing\.wav"):
            await alice.expect("sound_finished")
