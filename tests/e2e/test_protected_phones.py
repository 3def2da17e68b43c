"""Softphones that protect their sound hear each other through us: libsrtp and libre by two ways."""

from pathlib import Path

import pytest

from tests.e2e.hearing import hears
from tests.e2e.stage import CALM, at_rest, phone
from tests.rig.centre import Centre
from tests.sound import babble

pytestmark = [pytest.mark.softphone, pytest.mark.slow]

CALLER_SAYS, CALLED_SAYS = babble(1.0, seed=5), babble(1.0, seed=6)


@pytest.mark.parametrize(
    ("caller_by", "called_by"), [("sdes", "sdes"), ("sdes", "none"), ("dtls", "sdes")]
)
async def test_two_phones_hear_each_other_however_each_is_protected(
    tmp_path: Path, caller_by: str, called_by: str
) -> None:
    policies = {
        "2001": {"srtp": "off" if called_by == "none" else "required"},
        "2002": {"srtp": "required"},
    }
    async with (
        Centre(tmp_path, changes={**CALM, "phones": policies}) as centre,
        phone("pjsua2", "2001", centre, tmp_path, protection=called_by) as called,
        phone("baresip", "2002", centre, tmp_path, protection=caller_by) as caller,
    ):
        await called.register()
        await caller.register()
        await caller.say(CALLER_SAYS)
        await called.say(CALLED_SAYS)
        await caller.call(f"sip:2001@{centre.sip}")
        await called.answer()
        await caller.expect("established", unless=["closed"])
        await hears(caller, CALLED_SAYS)
        await hears(called, CALLER_SAYS)
        # What came before the handshake had ended is no sound that anybody missed.
        early = 5 if "dtls" in (caller_by, called_by) else 0
        dropped = await centre.metric("sentral_rtp_dropped_packets_total", reason="insecure")
        assert dropped <= early
        await caller.hang_up()
        await at_rest(centre)


async def test_a_phone_that_must_protect_its_sound_and_does_not_is_refused(tmp_path: Path) -> None:
    changes = {**CALM, "phones": {"2002": {"srtp": "required"}}}
    async with (
        Centre(tmp_path, changes=changes) as centre,
        phone("baresip", "2002", centre, tmp_path) as caller,
    ):
        await caller.register()
        await caller.call(f"sip:1000@{centre.sip}")
        closed = await caller.expect("closed")
        assert "488" in str(closed.fields)
        await at_rest(centre)
