"""Up a tier: the agent who cannot help sends the caller on, with everything that is known of them.

The story goes on where it is: what a flow has collected stays, and nobody is asked again.
"""

from collections.abc import Mapping
from typing import Final

from calls.call import Call
from calls.problems import Refused
from calls.services import Services
from calls.waiting import Onward
from events.calls import CallTransferred, Side
from events.ids import AgentId, CallId, QueueName
from events.queues import CallEscalated

ESCALATED: Final = "escalated"
_HIGHEST_TIER: Final = 3


class Escalations:
    """One per process."""

    def __init__(self, services: Services, calls: Mapping[CallId, Call]) -> None:
        self._services = services
        self._calls = calls

    def escalate(self, call_id: CallId) -> None:
        """Raises Refused: nobody there can be sent on, or there is no tier above."""
        call = self._calls.get(call_id)
        talk = call.conversation if call is not None else None
        if call is None or talk is None or talk.agent is None or talk.entry is None:
            raise Refused(f"call {call_id} is with no agent of a queue")
        if talk.is_passing:
            raise Refused(f"call {call_id} is being passed on already")
        queue = self._queue_of(talk.agent)
        onward = self._above(queue, talk.agent, call)
        spoke = onward.excluded
        call.onward = onward
        call.happened(
            CallEscalated(
                call.id, talk.entry, queue, QueueName(onward.queue), talk.agent, onward.tiers, spoke
            )
        )
        call.happened(
            CallTransferred(call.id, Side.AGENT, "queue", onward.queue, talk.agent, talk.entry)
        )
        talk.stop(Side.AGENT, ESCALATED)

    def _queue_of(self, agent: AgentId) -> QueueName:
        for view in self._services.feed.distributor.agents():
            if view.id == agent and view.queue is not None:
                return view.queue
        raise Refused(f"agent {agent} is on no call of a queue")

    def _above(self, queue: QueueName, agent: AgentId, call: Call) -> Onward:
        """The next queue of the topic's path, or the next tier in this one."""
        spoke = (*call.state.spoke, agent)
        to = self._services.opening.escalates_to(queue)
        if to is not None:
            return Onward(to, (), spoke)
        tier = self._services.desk.tier_of(agent)
        if tier >= _HIGHEST_TIER:
            raise Refused(f"there is no tier above that of agent {agent}")
        return Onward(queue, (tier + 1,), spoke)
