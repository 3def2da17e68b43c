"""Each row of the standard, played by SIPp: one scenario is one caller, named after what it does.

`tests/rig/scenarios/callers/*.xml` are all played, one after the other, against one served centre;
what the caller must be answered stands in the scenario. Where `phones/` has a scenario of the same
name, that is the phone which rings meanwhile. A new file is a new test; a number other than the
echo test's stands in NUMBERS.
"""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio

from tests.e2e.stage import CALM, at_rest
from tests.rig.centre import Centre
from tests.rig.ports import free_ports
from tests.rig.sipp import SCENARIOS, SippRun

pytestmark = [
    pytest.mark.sipp,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("sipp_callers"),
]

CALLERS: Final = sorted((SCENARIOS / "callers").glob("*.xml"))
PHONES: Final = SCENARIOS / "phones"
ECHO_TEST, PHONE = "1002", "2006"
NUMBERS: Final = {
    "dials_an_unknown_number": "4711",
    "dials_half_a_number": "100",
    "dials_a_number_that_it_may_not": "90123",
    "calls_a_phone_that_is_nowhere": "2001",
}
PHONE_PORT: Final = free_ports(2)
REGISTERED: Final = ("2003", "demo-2003")
PATIENCE_S: Final = 60.0

CHANGES: Final[dict[str, Any]] = {
    "sip": {"demanded_extensions": ["timer"]},
    "phones": {PHONE: {"contact": f"sip:{PHONE}@127.0.0.1:{PHONE_PORT}", "keys": "info"}},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def centre(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Centre]:
    changes = {**CALM, **CHANGES, "sip": {**CALM["sip"], **CHANGES["sip"]}}
    async with Centre(tmp_path_factory.mktemp("callers"), changes=changes) as served:
        yield served


@pytest.mark.parametrize("scenario", CALLERS, ids=lambda path: path.stem)
async def test_a_caller(scenario: Path, centre: Centre, tmp_path: Path) -> None:
    name = scenario.stem
    phone = PHONES / scenario.name
    number = NUMBERS.get(name, PHONE if phone.is_file() else ECHO_TEST)
    registers = name.startswith("registers_")
    user, password = REGISTERED if registers else ("5551234", "")
    credentials = f"[authentication username={user} password={password}]"
    async with contextlib.AsyncExitStack() as runs:
        ringing = None
        if phone.is_file():
            folder = tmp_path / "phone"
            folder.mkdir()
            run = SippRun(phone, folder=folder, port=PHONE_PORT, timeout_s=PATIENCE_S)
            ringing = await runs.enter_async_context(run)
        caller = await runs.enter_async_context(
            SippRun(
                scenario,
                folder=tmp_path,
                remote=centre.sip,
                keys={"number": number, "caller": user},
                rows=[[credentials]] if registers else (),
                timeout_s=PATIENCE_S,
            )
        )
        await caller.finish()
        if ringing is not None:
            await ringing.finish()


async def test_every_phone_has_its_caller() -> None:
    assert {path.name for path in PHONES.glob("*.xml")} <= {path.name for path in CALLERS}


async def test_everything_is_given_back(centre: Centre) -> None:
    """The last of the file: after all those callers, nothing is left."""
    await at_rest(centre)
