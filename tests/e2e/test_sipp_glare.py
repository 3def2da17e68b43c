"""A caller and the centre offer at the same moment, RFC 3261 §14.2: each row's 491, by SIPp.

The centre offers by itself when it comes back: it asks whether its callers are still there.
"""

from pathlib import Path

import pytest

from tests.e2e.stage import CALM
from tests.rig.centre import Centre
from tests.rig.sipp import SCENARIOS, SippRun

pytestmark = [pytest.mark.sipp, pytest.mark.asyncio]


NEVER_AGAIN = {**CALM, "sip": {"t1_s": 8.0}}
"""The scenario has a place for each message once: ours are not repeated, however slow SIPp is."""


async def test_an_offer_that_meets_ours_is_491(tmp_path: Path) -> None:
    scenario = SCENARIOS / "uac_offers_as_it_is_offered_to.xml"
    folder = tmp_path / "caller"
    folder.mkdir()
    async with Centre(tmp_path, changes=NEVER_AGAIN) as centre:
        keys = {"number": "1002", "caller": "5551234"}
        async with SippRun(
            scenario, folder=folder, remote=centre.sip, keys=keys, timeout_s=60.0
        ) as caller:
            await centre.until_metric("sentral_calls_active", 1)
            await centre.until_metric("sentral_store_queue_length", 0)
            await centre.kill()
            await centre.start_again()
            await caller.finish()
        await centre.until_metric("sentral_calls_active", 0)
