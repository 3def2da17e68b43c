"""Sample flows of the demo centre, called by SIPp over real sockets."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.rig.centre import Centre
from tests.rig.ports import LOOPBACK, free_ports

pytestmark = pytest.mark.sipp


async def called(centre: Centre, number: str, folder: Path, *, stays_s: float) -> dict[str, Any]:
    """What the API tells of a call by SIPp's own caller, who hangs up after `stays_s`."""
    sipp = await asyncio.create_subprocess_exec(
        *("sipp", "-sn", "uac", "-s", number, "-m", "1", "-d", str(int(stays_s * 1000))),
        *("-i", LOOPBACK, "-p", str(free_ports(2)), "-mp", str(free_ports(4))),
        *("-timeout", "90s", centre.sip),
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await sipp.wait()  # a refusal is a failure to SIPp's caller; what happened, the API tells
    await centre.until_metric("sentral_calls_active", 0)
    await centre.until_metric("sentral_store_queue_length", 0)
    (past,) = (await centre.api("/api/v1/calls"))["past"]
    detail: dict[str, Any] = await centre.api(f"/api/v1/calls/{past['id']}")
    return detail


def path(detail: dict[str, Any]) -> list[tuple[str, str]]:
    events = (each for each in detail["events"] if each["kind"] == "NodeVisited")
    return [(each["fields"]["node"], each["fields"]["outcome"]) for each in events]


async def test_a_closed_number_speaks_unpaid_and_refuses(tmp_path: Path) -> None:
    async with Centre(tmp_path) as centre:
        detail = await called(centre, "1012", tmp_path, stays_s=1)
    assert path(detail) == [
        *(("look", "next"), ("is_closed", "case_1"), ("early_until", "next")),
        *(("closed_until", "next"), ("refuse", "hung_up")),
    ]
    assert (detail["call"]["status"], detail["call"]["answered_at"]) == (480, None)


async def test_a_survey_without_an_answer_is_counted(tmp_path: Path) -> None:
    async with Centre(tmp_path) as centre:
        detail = await called(centre, "1015", tmp_path, stays_s=2)
    assert path(detail) == [("stars", "hang_up")]
    assert [e["kind"] for e in detail["events"]].count("SurveyUnanswered") == 1
