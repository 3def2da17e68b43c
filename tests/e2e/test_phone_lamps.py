"""A phone's message lamp, as PJSIP subscribes to it at the served centre."""

from pathlib import Path

import pytest

from tests.e2e.stage import CALM, phone
from tests.rig.centre import Centre

pytestmark = pytest.mark.softphone


async def test_a_phone_subscribes_to_its_messages(tmp_path: Path) -> None:
    async with (
        Centre(tmp_path, changes=CALM) as centre,
        phone("pjsua2", "2001", centre, tmp_path, lamp=True) as desk,
    ):
        await desk.register()
        told = await desk.expect("messages")
        assert "Messages-Waiting: no\r\n" in told.fields["text"]
        assert "Voice-Message: 0/0 (0/0)" in told.fields["text"]
