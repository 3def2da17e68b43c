"""The flows and prompts that ship with Sentral: complete, and what a caller of the demo meets."""

from collections.abc import Mapping
from importlib.resources import files

import pytest

from ivr.caller import FlowedOut
from ivr.engine import NodeVisit, run_flow
from ivr.flow import Flows
from ivr.loader import load_flows
from ivr.prompt_texts import read_prompt_texts
from tests.ivr.fake_caller import FakeCaller

LANGUAGES = ["en", "es", "id"]


@pytest.fixture(scope="module")
def texts() -> Mapping[str, Mapping[str, str]]:
    return read_prompt_texts(files("ivr_flows") / "prompts")


@pytest.fixture(scope="module")
def flows(texts: Mapping[str, Mapping[str, str]]) -> Flows:
    return load_flows(
        files("ivr_flows"),
        prompts=texts.__getitem__,
        queues={"billing", "technical", "sales", "support"},
        mailboxes={"support"},
    )


async def visited(flows: Flows, name: str, caller: FakeCaller) -> list[str]:
    visits: list[NodeVisit] = []
    await run_flow(flows, flows.start(name, caller.variables), caller, on_visit=visits.append)
    return [visit.node for visit in visits]


def test_every_prompt_exists_in_every_language(texts: Mapping[str, Mapping[str, str]]) -> None:
    assert sorted(texts) == LANGUAGES
    en, id_, es = (
        {name for name in texts[language] if not name.startswith("part_")}
        for language in ("en", "id", "es")
    )
    assert en == id_ == es
    assert len({texts[language]["welcome"] for language in LANGUAGES}) == 3


@pytest.mark.parametrize(("key", "language"), [("1", "en"), ("2", "id"), ("3", "es")])
@pytest.mark.parametrize(
    ("choice", "queue"), [("1", "billing"), ("2", "technical"), ("3", "sales")]
)
async def test_the_main_menu_queues_with_skill_language_and_priority(
    flows: Flows, key: str, language: str, choice: str, queue: str
) -> None:
    caller = FakeCaller(key, choice)
    await visited(flows, "main", caller)
    [(request, treatment)] = caller.requests
    assert (request.queue, dict(request.skills)) == (queue, {queue: 1})
    assert (request.languages, request.priority) == ((language,), 0)
    assert (treatment.music, treatment.flow) == ("music", "waiting")
    assert caller.heard[:4] == [
        "welcome",
        *(f"choose_this_language@{each}" for each in ("en", "id", "es")),
    ]
    assert (caller.heard[-1], caller.ended, caller.language) == ("thanks", "normal", language)


async def test_very_important_callers_are_greeted_and_come_first(flows: Flows) -> None:
    caller = FakeCaller("3", "2", customer={"vip": True})
    await visited(flows, "main", caller)
    assert "vip_welcome" in caller.heard
    assert caller.requests[0][0].priority == 5


async def test_an_expert_types_ahead_and_hears_nothing_twice(flows: Flows) -> None:
    caller = FakeCaller(typed="21")
    await visited(flows, "main", caller)
    assert caller.heard == ["thanks"]
    assert caller.requests[0][0].languages == ("id",)


async def test_a_silent_caller_hears_english_three_times_and_a_goodbye(flows: Flows) -> None:
    caller = FakeCaller()
    nodes = await visited(flows, "main", caller)
    assert nodes[-1] == "give_up"
    assert caller.heard.count("main_menu") == 3
    assert caller.heard.count("not_heard") == 2
    assert caller.language == "en"


@pytest.mark.parametrize(
    ("reason", "said"),
    [("timeout", "waited_too_long"), ("nobody", "nobody_here"), ("full", "too_many_calls")],
)
async def test_whom_the_queue_gives_back_is_told_why(flows: Flows, reason: str, said: str) -> None:
    caller = FakeCaller("1", "1", queue=[FlowedOut(reason)])
    await visited(flows, "main", caller)
    assert (caller.heard[-1], caller.ended) == (said, "normal")


async def test_the_echo_test_echoes(flows: Flows) -> None:
    caller = FakeCaller()
    await visited(flows, "echo", caller)
    assert (caller.heard, caller.did) == (["echo_explained", "goodbye"], ["answer", "echo 300"])


async def test_voicemail_takes_a_message(flows: Flows) -> None:
    caller = FakeCaller("1")
    await visited(flows, "voicemail", caller)
    assert (caller.heard, caller.ended) == (
        ["voicemail_greeting", "voicemail_review", "voicemail_sent", "goodbye"],
        "normal",
    )
