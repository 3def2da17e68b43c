"""Whether a conversation is recorded: rules, chance and what the caller was told."""

import hashlib
from typing import Final

from calls.recording.settings import Record, RecordingSettings
from calls.recording_state import REFUSED, RecordingState
from events.ids import AgentId, CallId, QueueName

_ENOUGH: Final = {
    "none": ("", "announced", "consented"),
    "announce": ("announced", "consented"),
    "consent": ("consented",),
}
"""Which bases are enough for each notice that is required."""


def is_permitted(settings: RecordingSettings, state: RecordingState) -> bool:
    """Whether this caller may be recorded at all."""
    return state.basis != REFUSED and state.basis in _ENOUGH[settings.notice]


def reason_to_record(
    settings: RecordingSettings,
    state: RecordingState,
    *,
    call: CallId,
    queue: QueueName | None,
    agent: AgentId | None,
) -> str | None:
    """Why the conversation that begins is recorded, as `RecordingStarted` says it; None: it is not.

    The same for the same call, however often it is asked.
    """
    if state.failed or not is_permitted(settings, state):
        return None
    if state.asked is not None:
        return state.asked_by if state.asked else None
    reason, rule = _rule(settings, queue, agent)
    return reason if _is_chosen(rule, settings.seed, call) else None


def _rule(
    settings: RecordingSettings, queue: QueueName | None, agent: AgentId | None
) -> tuple[str, Record]:
    if agent is not None and agent in settings.agents:
        return "agent", settings.agents[agent]
    of_queue = settings.queues.get(queue) if queue is not None else None
    if of_queue is not None and of_queue.record is not None:
        return "queue", of_queue.record
    return "default", settings.record


def _is_chosen(rule: Record, seed: str, call: CallId) -> bool:
    match rule:
        case "always":
            return True
        case "never":
            return False
        case _:
            return _lot(seed, call) < float(rule)


def _lot(seed: str, call: CallId) -> float:
    """From 0 up to 1, even over calls."""
    digest = hashlib.sha256(f"recording\n{seed}\n{call}".encode()).digest()
    return int.from_bytes(digest[:6]) / 2**48
