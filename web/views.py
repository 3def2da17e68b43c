"""From the rooms' values to the API's models."""

import json

from acd.model import AgentView, QueueView
from events.codec import body_to_json, kind_of
from events.event import Recorded
from web.context import WebContext
from web.models import Agent, CallEvent, Queue


def agent_of(context: WebContext, view: AgentView) -> Agent:
    return Agent(
        id=view.id,
        name=context.agent_name(view.id),
        state=view.state.value,
        reason=view.reason,
        for_s=max(0.0, context.steady() - view.since),
        phone=view.phone,
        reachable=view.reachable,
        call=view.call,
        queue=view.queue,
    )


def queue_of(view: QueueView, now: float) -> Queue:
    return Queue(
        name=view.name,
        waiting=view.waiting,
        ringing=view.offered,
        longest_wait_s=view.longest_wait_s(now),
        able=view.able,
        available=view.able_available,
        closed=dict(view.closed),
        expected_wait_s=view.expected_wait_s,
    )


def event_of(recorded: Recorded) -> CallEvent:
    return CallEvent(
        seq=recorded.seq,
        utc=recorded.utc,
        kind=kind_of(recorded.event),
        fields=json.loads(body_to_json(recorded.event)),
    )
