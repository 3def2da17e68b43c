"""Card digits typed while an agent is on the line: heard, recorded and written nowhere."""

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

from calls.problems import Refused
from calls.secure_settings import SecureEntrySettings
from config.consistency import inconsistencies
from config.settings import Settings
from events.agents import AgentState
from events.calls import CallCheckpointed, CallEnded, CallUnbridged
from events.codec import to_json
from events.event import Recorded
from events.ids import AgentId
from events.queues import QueueAnswered
from events.recordings import RecordingPaused, RecordingResumed, RecordingStarted
from events.secure_entry import EntryOutcome, SecureEntryBegan, SecureEntryEnded
from ivr.fetching import FetchFailed, HttpAnswer, HttpQuestion
from ivr.http_client import HttpClient
from media.leg import MediaLeg
from tests.calls.house import House
from tests.calls.phone import Phone, pick_up
from tests.calls.plan import merged, usual_settings
from tests.media.scripted_engine import ScriptedEngine, ScriptedRecording
from tests.virtual_time import in_virtual_time

CARD = "4111111111111111"
TOKEN = "tok_42"


class Vault(HttpClient):
    """The service that keeps the digits."""

    def __init__(self, answer: object = None, status: int = 200) -> None:
        super().__init__()
        self.asked: list[HttpQuestion] = []
        self.answer = {"token": TOKEN} if answer is None else answer
        self.status = status

    async def __call__(self, question: HttpQuestion) -> HttpAnswer:
        self.asked.append(question)
        if isinstance(self.answer, FetchFailed):
            raise self.answer
        return HttpAnswer(self.status, self.answer)


def centre(tmp_path: Path, vault: Vault | None = None, **secure: Any) -> House:
    settings = {"code": "*7", "url": "https://vault.example/cards", "token_env": "VAULT"}
    changes = {
        "calls": {"secure_entry": {**settings, **secure}},
        "recording": {"record": "always"},
    }
    house = House(tmp_path, changes=changes)
    house.http = vault or Vault()
    return house


async def talking(house: House) -> Phone:
    agent = await house.phone("3001")
    agent.on_ring = pick_up
    caller = await house.caller()
    caller.dial("1001")
    await house.until(QueueAnswered)
    await house.later(5)
    return agent


def file(house: House) -> ScriptedRecording:
    (written,) = house.media.script.recordings.values()
    return written


def is_confidential(house: House) -> bool:
    leg = cast(MediaLeg, house.call.leg.media)
    return house.media.script.legs[leg.id].confidential


def assert_all_is_open(house: House) -> None:
    assert house.talk_to_each_other
    assert not is_confidential(house)
    assert not file(house).paused
    assert not house.call.state.secure_entry


async def assert_ends_in_balance(house: House) -> None:
    house.call.drop("enough", 480)
    await house.until(CallEnded)
    await house.quiet()
    house.assert_counts_balance()


@in_virtual_time
async def test_the_digits_reach_the_vault_and_nobody_else(tmp_path: Path) -> None:
    vault = Vault()
    async with centre(tmp_path, vault) as house:
        await talking(house)
        house.press(house.other, "*7")
        await house.until(SecureEntryBegan)
        await house.later(0.1)
        assert house.hears(house.call.leg) == "secure_enter.wav"
        assert house.hears(house.other) == "silence"
        assert is_confidential(house)
        assert file(house).paused
        await house.later(2)
        assert house.hears(house.call.leg).startswith("leg "), "the agent may still explain"
        assert house.hears(house.other) == "silence"
        house.press(house.call.leg, CARD)
        await house.later(1)
        house.call.checkpoint()
        house.press(house.call.leg, "#")
        ended = await house.until(SecureEntryEnded)
        assert ended.outcome is EntryOutcome.SENT
        assert (ended.agent, ended.digits, ended.last_four) == (AgentId("1"), 16, "1111")
        assert ended.token == TOKEN
        (question,) = vault.asked
        assert question.body == {"digits": CARD, "call": house.call.id, "agent": "1"}
        assert (question.method, question.token_env) == ("POST", "VAULT")
        assert not [each for each in house.recorded if CARD[:6] in str(to_json(each))]
        assert house.hears(house.other) == "secure_sent.wav"
        await house.later(2)
        assert_all_is_open(house)
        assert house.the(RecordingPaused).by == house.the(RecordingResumed).by == "secure_entry"
        assert not house.call.digits.waiting
        await assert_ends_in_balance(house)


@pytest.mark.parametrize(
    ("keys", "vault", "outcome"),
    [
        pytest.param("", Vault(), EntryOutcome.NOT_ENTERED, id="silence"),
        pytest.param(f"{CARD[:-1]}2#", Vault(), EntryOutcome.NOT_ENTERED, id="check-digit"),
        pytest.param(f"{CARD}#", Vault(status=503), EntryOutcome.NOT_TAKEN, id="refused"),
        pytest.param(
            f"{CARD}#", Vault(FetchFailed("timeout", "no")), EntryOutcome.NOT_TAKEN, id="away"
        ),
        pytest.param(f"{CARD}#", Vault([1]), EntryOutcome.SENT, id="odd-answer"),
        pytest.param(f"{CARD}#", Vault({"token": "x" * 999}), EntryOutcome.SENT, id="long-token"),
    ],
)
@in_virtual_time
async def test_whatever_comes_of_it_the_two_talk_on(
    keys: str, vault: Vault, outcome: EntryOutcome, tmp_path: Path
) -> None:
    async with centre(tmp_path, vault, attempts=1) as house:
        await talking(house)
        house.parts.centre.secure_entries.begin(house.call.id, "api")
        await house.later(2)
        house.press(house.call.leg, keys)
        ended = await house.until(SecureEntryEnded)
        assert (ended.outcome, ended.token) == (outcome, "")
        assert ended.digits == (16 if outcome is EntryOutcome.SENT else 0)
        told = "secure_sent.wav" if outcome is EntryOutcome.SENT else "secure_not_sent.wav"
        assert house.hears(house.other) == told
        await house.later(2)
        assert_all_is_open(house)
        await assert_ends_in_balance(house)


@in_virtual_time
async def test_the_agent_and_the_clock_break_it_off(tmp_path: Path) -> None:
    async with centre(tmp_path, longest_s=30, first_digit_s=60) as house:
        await talking(house)
        entries, call = house.parts.centre.secure_entries, house.call.id
        with pytest.raises(Refused, match="no digits"):
            entries.cancel(call)
        entries.begin(call, "api")
        with pytest.raises(Refused, match="already"):
            entries.begin(call, "api")
        assert not house.call.recorder.resume("api"), "nobody else ends the pause"
        assert file(house).paused
        house.press(house.other, "*7")
        await house.until(SecureEntryEnded)
        await house.later(2)
        assert_all_is_open(house)
        house.press(house.other, "*7")
        await house.until(SecureEntryEnded, count=2)
        await house.later(2)
        assert_all_is_open(house)
        outcomes = [each.outcome for each in house.all(SecureEntryEnded)]
        assert outcomes == [EntryOutcome.CANCELLED, EntryOutcome.TIMEOUT]
        assert [each.by for each in house.all(SecureEntryBegan)] == ["api", "agent"]
        assert house.at(SecureEntryEnded, count=2) - house.at(
            SecureEntryBegan, count=2
        ) == pytest.approx(30, abs=0.1)
        await assert_ends_in_balance(house)


@in_virtual_time
async def test_a_pause_that_somebody_else_wanted_stays(tmp_path: Path) -> None:
    async with centre(tmp_path) as house:
        await talking(house)
        entries, call = house.parts.centre.secure_entries, house.call.id
        house.call.recorder.pause("api")
        entries.begin(call, "api")
        assert not house.call.recorder.resume("api")
        entries.cancel(call)
        assert file(house).paused
        assert house.call.recorder.resume("api")
        entries.begin(call, "api")
        house.call.recorder.ask(False, "api")
        house.call.recorder.ask(True, "api")
        assert file(house).paused, "a recording that begins meanwhile has silence"
        entries.cancel(call)
        assert not file(house).paused


@pytest.mark.parametrize("who", ["caller", "agent"])
@in_virtual_time
async def test_who_hangs_up_ends_it(who: str, tmp_path: Path) -> None:
    async with centre(tmp_path) as house:
        agent = await talking(house)
        house.press(house.other, "*7")
        await house.until(SecureEntryBegan)
        house.press(house.call.leg, CARD[:4])
        (agent if who == "agent" else house.phones[1]).hang_up()
        await house.until(CallUnbridged)
        assert house.the(SecureEntryEnded).outcome is EntryOutcome.LEFT
        await house.until(CallEnded)
        await house.quiet()
        house.assert_counts_balance()


@in_virtual_time
async def test_a_transfer_goes_before(tmp_path: Path) -> None:
    async with centre(tmp_path) as house:
        agent = await talking(house)
        senior = await house.phone("3002")
        senior.on_ring = pick_up
        house.press(house.other, "*7")
        await house.until(SecureEntryBegan)
        agent.refer("3002")
        assert (await house.until(SecureEntryEnded)).outcome is EntryOutcome.LEFT
        await house.until(CallUnbridged)
        await house.later(2)
        assert_all_is_open(house)


async def typing(house: House) -> None:
    await talking(house)
    house.press(house.other, "*7")
    await house.until(SecureEntryBegan)
    await house.later(2)
    house.press(house.call.leg, CARD[:6])
    await house.later(1)


@in_virtual_time
async def test_after_a_restart_the_caller_is_asked_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with centre(tmp_path) as house:
        await typing(house)
        await house.crash()
        hidden = []

        def bridge(engine: ScriptedEngine, a: int, b: int) -> None:
            hidden.append(engine.legs[a].confidential)
            join(engine, a, b)

        join = ScriptedEngine.bridge
        monkeypatch.setattr(ScriptedEngine, "bridge", bridge)
        assert await house.restart() == 1
        assert hidden == [True], "before a packet can pass"
        assert is_confidential(house)
        assert house.hears(house.other) == "silence"
        assert file(house).paused
        await house.later(2)
        house.press(house.call.leg, f"{CARD}#")
        ended = await house.until(SecureEntryEnded)
        assert (ended.outcome, ended.digits) == (EntryOutcome.SENT, 16)
        await house.later(2)
        assert_all_is_open(house)
        assert house.count(RecordingStarted) == house.count(RecordingPaused) == 2
        await assert_ends_in_balance(house)


@in_virtual_time
async def test_an_agent_lost_in_a_restart_leaves_nothing_paused(tmp_path: Path) -> None:
    async with centre(tmp_path) as house:
        await typing(house)
        await house.crash()
        house.recorded[:] = [without_agent(each) for each in house.recorded]
        assert await house.restart() == 1
        assert house.the(SecureEntryEnded).outcome is EntryOutcome.LEFT
        assert not is_confidential(house)
        assert not house.call.state.secure_entry
        assert not file(house).paused
        house.press(house.call.leg, "1")
        await house.until(QueueAnswered, count=2)
        await house.later(2)
        assert_all_is_open(house)
        await assert_ends_in_balance(house)


def without_agent(recorded: Recorded) -> Recorded:
    event = recorded.event
    if not isinstance(event, CallCheckpointed):
        return recorded
    return replace(recorded, event=replace(event, state={**event.state, "other": None}))


@in_virtual_time
async def test_nobody_begins_where_nothing_can_come_of_it(tmp_path: Path) -> None:
    async with centre(tmp_path, url="") as house:
        entries = house.parts.centre.secure_entries
        agent = await talking(house)
        with pytest.raises(Refused, match="is not set"):
            entries.begin(house.call.id, "api")
        house.press(house.other, "*7")
        await house.later(1)
        assert house.talk_to_each_other
        call = house.call
        agent.hang_up()
        await house.until(CallEnded)
        with pytest.raises(Refused, match="no agent talks"):
            entries.begin(call.id, "api")
        assert house.state("1") is not AgentState.TALKING


@pytest.mark.parametrize(
    ("secure", "escalation", "wrong"),
    [
        ({"code": "*7", "url": "https://vault.example"}, "*9", []),
        ({"code": "*7"}, "*9", ["digits go nowhere"]),
        ({"code": "*7", "url": "https://vault.example"}, "*71", ["begin alike"]),
    ],
)
def test_codes_that_could_not_work_are_found(
    secure: dict[str, str], escalation: str, wrong: list[str]
) -> None:
    settings = {"calls": {"secure_entry": secure, "escalation_code": escalation}}
    found = list(inconsistencies(Settings.model_validate(merged(usual_settings(), settings))))
    assert [text for _, text in found if any(each in text for each in wrong)] == [
        text for _, text in found
    ]
    assert len(found) == len(wrong)


@pytest.mark.parametrize(
    "wrong",
    [{"code": "7"}, {"code": "*x"}, {"url": "vault"}, {"min_digits": 9, "max_digits": 8}],
)
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"should|more than"):
        SecureEntrySettings(**wrong)
