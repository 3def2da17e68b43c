"""What the centre does, told as a story: its events in a few words each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from events.agents import AgentState, AgentStateChanged
from events.calls import (
    CallArrived,
    CallEnded,
    CallHeld,
    CallResumed,
    CallUnbridged,
    NodeVisited,
    Outcome,
    Side,
)
from events.event import Event
from events.ids import CallId
from events.queues import CallAbandoned, CallOffered, CallQueued, QueueAnswered

LANGUAGES: Final[Mapping[str, str]] = {"en": "English", "id": "Indonesian", "es": "Spanish"}
MEANT: Final[Mapping[tuple[str, str], str]] = {
    ("ask_language", "1"): "English",
    ("ask_language", "2"): "Indonesian",
    ("ask_language", "3"): "Spanish",
    ("main_menu", "1"): "billing",
    ("main_menu", "2"): "technical help",
    ("main_menu", "3"): "sales",
}
"""What the keys of ivr_flows/main.yaml stand for."""


@dataclass(slots=True)
class Narrator:
    """Knows the people's names. `tell` gives (who, what), or None where silence is better."""

    callers: Mapping[str, str]
    """Number to name."""
    agents: Mapping[str, str]
    """Agent's id to name."""
    numbers: dict[str, str] = field(default_factory=dict)
    """Call-ID of a caller's dialog to their number, noted when they dial."""
    _who: dict[CallId, str] = field(default_factory=dict)

    def tell(self, event: Event) -> tuple[str, str] | None:
        match event:
            case CallArrived(call=call, sip_call_id=sip_call_id):
                number = self.numbers.get(sip_call_id, "")
                self._who[call] = self.callers.get(number, "")
                return None
            case CallUnbridged(by=Side.AGENT, agent=str(agent)):
                return self._agent(agent), "hangs up"
            case AgentStateChanged(agent=agent, state=state, was=was):
                name = self.agents.get(agent)
                return None if name is None else _of_agent(name, state, was)
            case _:
                return self._of_call(event)

    def _of_call(self, event: Event) -> tuple[str, str] | None:
        who = self._who.get(getattr(event, "call", CallId("")), "")
        if not who:
            return None  # an agent's own call, *72 for one
        text = self._words(event)
        return None if text is None else (who, text)

    def _words(self, event: Event) -> str | None:
        match event:
            case NodeVisited(node=node, outcome=key) if (node, key) in MEANT:
                return f"presses {key}: {MEANT[node, key]}"
            case NodeVisited(node="recognise", outcome="case_1"):
                return "is known as an important customer (customers.csv)"
            case CallQueued(queue=queue, languages=languages, priority=priority):
                spoken = ", ".join(LANGUAGES.get(each, each) for each in languages)
                first = f", priority {priority}" if priority else ""
                return f"waits in the queue {queue} ({spoken}{first})"
            case CallOffered(agent=agent):
                return f"is offered to {self._agent(agent)}, whose phone rings"
            case QueueAnswered(agent=agent, wait_s=wait_s):
                return f"talks with {self._agent(agent)} after {wait_s:.1f} s"
            case CallHeld(by=Side.AGENT):
                return "is put on hold"
            case CallResumed(by=Side.AGENT):
                return "is back from hold"
            case CallUnbridged(by=Side.CALLER):
                return "hangs up"
            case CallAbandoned(wait_s=wait_s):
                return f"has given up after {wait_s:.1f} s"
            case CallEnded(outcome=Outcome.REJECTED, status=status):
                return f"is refused with {status}: nobody has this number"
            case CallEnded(outcome=outcome):
                return f"is done: the call counts as {outcome}"
            case _:
                return None

    def _agent(self, agent: str) -> str:
        return self.agents.get(agent, agent)


def _of_agent(name: str, state: AgentState, was: AgentState) -> tuple[str, str] | None:
    match state:
        case AgentState.AVAILABLE if was is AgentState.WRAP_UP:
            return name, "is available again"
        case AgentState.WRAP_UP:
            return name, "is in wrap-up"
        case _:
            return None
