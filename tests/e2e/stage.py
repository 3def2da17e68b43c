"""What the plays share: phones of the demo centre, its prompts and music, its agents."""

import asyncio
import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from media.sounds import decode
from tests.rig.centre import POLL_S, PROMPTS, Centre
from tests.rig.softphone import Softphone
from tests.sound import Samples, read_wav, samples_of

PATIENCE_S: Final = 60.0

CALM: Final[Mapping[str, Any]] = {
    "sip": {"t1_s": 0.1},
    "queues": {
        name: {"wrap_up_s": 0, "not_answering_s": 2, "back_off_s": 0.5}
        for name in ("billing", "technical", "sales", "support")
    },
}
"""Changes to the demo: nobody rests, and no transaction lingers, longer than a test would wait."""


def phone(stack: str, user: str, centre: Centre, folder: Path, **options: Any) -> Softphone:
    """A phone of the demo with its password."""
    options = {"password": f"demo-{user}", **options}
    return Softphone(stack, user=user, domain=centre.sip, folder=folder, **options)


def prompt(name: str, language: str = "en") -> Samples:
    """What the centre should be heard to say."""
    return samples_of(decode(PROMPTS / language / f"{name}.wav"))


def music() -> Samples:
    return read_wav(PROMPTS / "music.wav")


async def agent(centre: Centre, name: str) -> dict[str, Any]:
    """An agent as the API shows them."""
    shown = (await centre.api("/api/v1/agents"))["agents"]
    found: dict[str, Any] = next(each for each in shown if each["id"] == name)
    return found


async def until_agent(centre: Centre, name: str, **wanted: Any) -> None:
    """Waits until the API shows an agent like this, e.g. `state="available"`."""
    shown = await agent(centre, name)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_S):
            while not wanted.items() <= shown.items():
                await asyncio.sleep(POLL_S)  # it can only be asked again
                shown = await agent(centre, name)
    assert wanted.items() <= shown.items(), f"agent {name} is {shown}\n{centre.last_log()}"


async def past_call(centre: Centre, call: str) -> dict[str, Any]:
    """The record of an ended call, once the store has written it."""
    await centre.until_metric("sentral_store_queue_length", 0)
    record = await centre.api(f"/api/v1/calls/{call}")
    assert record["call"]["ended_at"] is not None, record
    found: dict[str, Any] = record["call"]
    return found


async def at_rest(centre: Centre, *, within_s: float = PATIENCE_S) -> None:
    """Waits until no call, dialog, transaction or port of a call is left."""
    for name in ("sentral_calls_active", "sentral_sip_dialogs"):
        await centre.until_metric(name, 0, within_s=within_s)
    await centre.until_metric("sentral_media_ports", 0, state="in_use", within_s=within_s)
    await centre.until_metric("sentral_sip_transactions", 0, within_s=within_s)
