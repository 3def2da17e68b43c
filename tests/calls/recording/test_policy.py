"""Which conversations are recorded: whose rule counts, what chance says, what the caller knows."""

import pytest

from calls.recording.policy import reason_to_record
from calls.recording.settings import RecordingRule, RecordingSettings
from calls.recording_state import RecordingState
from events.ids import AgentId, CallId, QueueName

CALL, AYU, BUDI = CallId("c"), AgentId("1"), AgentId("2")
BILLING, SALES = QueueName("billing"), QueueName("sales")

RULES = RecordingSettings(
    record="never",
    queues={"billing": RecordingRule(record="always"), "sales": RecordingRule(kept_days=3)},
    agents={"2": "never"},
)
ALWAYS = RecordingSettings(record="always")


@pytest.mark.parametrize(
    ("queue", "agent", "reason"),
    [
        (BILLING, AYU, "queue"),
        (BILLING, BUDI, None),
        (SALES, AYU, None),
        (None, AYU, None),
    ],
)
def test_the_agents_rule_goes_before_the_queues_and_the_default(
    queue: QueueName | None, agent: AgentId, reason: str | None
) -> None:
    assert reason_to_record(RULES, RecordingState(), call=CALL, queue=queue, agent=agent) == reason


@pytest.mark.parametrize(
    ("notice", "basis", "reason"),
    [
        ("none", "", "default"),
        ("none", "refused", None),
        ("announce", "", None),
        ("announce", "announced", "default"),
        ("announce", "consented", "default"),
        ("consent", "announced", None),
        ("consent", "consented", "default"),
        ("consent", "refused", None),
    ],
)
def test_nobody_is_recorded_without_the_notice_that_is_required(
    notice: str, basis: str, reason: str | None
) -> None:
    settings = RecordingSettings(record="always", notice=notice)  # type: ignore[arg-type]
    state = RecordingState(basis=basis)
    assert reason_to_record(settings, state, call=CALL, queue=None, agent=None) == reason


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        (RecordingState(asked=True, asked_by="flow"), "flow"),
        (RecordingState(asked=False, asked_by="api"), None),
        (RecordingState(failed=True), None),
    ],
)
def test_a_wish_and_a_full_disk_go_before_the_policy(
    state: RecordingState, reason: str | None
) -> None:
    assert reason_to_record(ALWAYS, state, call=CALL, queue=None, agent=None) == reason


def test_a_share_is_a_share_of_calls_and_the_same_for_each_call() -> None:
    def chosen(seed: str) -> list[int]:
        settings = RecordingSettings(record=0.1, seed=seed)
        return [
            number
            for number in range(2_000)
            if reason_to_record(
                settings, RecordingState(), call=CallId(f"{number:x}"), queue=None, agent=None
            )
        ]

    assert 150 < len(chosen("a")) < 250
    assert chosen("a") == chosen("a") != chosen("b")
