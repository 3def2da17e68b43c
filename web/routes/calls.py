"""Calls: those going on, those past, the story of one, and its ladder."""

import asyncio

from aiohttp import web

from events.calls import CallCheckpointed
from events.event import Recorded
from events.ids import CallId
from records.past import CallDetail, CallFilter
from web.endpoints import Ask, Endpoint
from web.models import CallQuery, Calls, CallStory, Escalated, LadderQuery, LiveCall, PastCall
from web.problems import Problem
from web.views import event_of


async def list_calls(ask: Ask) -> Calls:
    query = ask.query(CallQuery)
    found = await asyncio.to_thread(ask.context.past_calls, CallFilter(**query.model_dump()))
    full = len(found) == query.limit
    return Calls(
        live=[call for call in ask.context.live_calls() if _fits(call, query)],
        past=[PastCall.model_validate(row) for row in found if row.ended],
        next=found[-1].first_seq if full else None,
    )


async def show_call(ask: Ask) -> CallStory:
    detail = await _detail(ask)
    return CallStory(
        call=PastCall.model_validate(detail.row),
        story=dict(detail.row.story),
        events=[event_of(each) for each in detail.events if not _is_inner(each)],
    )


async def show_ladder(ask: Ask) -> web.Response:
    call = CallId(ask.path("id"))
    width = ask.query(LadderQuery).width
    text = ask.context.ladder(call, width)
    if text is None:
        text = await asyncio.to_thread(ask.context.past_ladder, call, width)
    if text is None:
        raise Problem(404, f"no SIP messages are kept of call {call}")
    return web.Response(text=text, content_type="text/plain", charset="utf-8")


async def _detail(ask: Ask) -> CallDetail:
    call = CallId(ask.path("id"))
    detail = await asyncio.to_thread(ask.context.call, call)
    if detail is None:
        raise Problem(404, f"there is no call {call}")
    return detail


def _is_inner(recorded: Recorded) -> bool:
    """Checkpoints hold all of a call, for a restart and for nobody else."""
    return isinstance(recorded.event, CallCheckpointed)


def _fits(call: LiveCall, query: CallQuery) -> bool:
    """A live call has no outcome and no page: it shows on the first page of what it may match."""
    wanted = (
        (query.queue, call.queue),
        (query.agent, call.agent),
        (query.direction, call.direction),
        (query.number, call.number),
    )
    later_page = query.before is not None or query.outcome is not None
    return not later_page and all(wish in (None, is_so) for wish, is_so in wanted)


async def escalate(ask: Ask) -> Escalated:
    call = CallId(ask.path("id"))
    ask.context.escalate(call)
    return Escalated(call=call)


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/api/v1/calls/{id}/escalate",
        summary="Send the caller up a tier; the agent who speaks with them is let go.",
        handler=escalate,
        answer=Escalated,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/calls",
        summary="Calls that are going on, and past ones, newest first.",
        handler=list_calls,
        answer=Calls,
        query=CallQuery,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/calls/{id}",
        summary="A call's story and every event of it.",
        handler=show_call,
        answer=CallStory,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/calls/{id}/ladder",
        summary="The call's SIP messages, drawn as a ladder.",
        handler=show_ladder,
        query=LadderQuery,
        content_type="text/plain",
    ),
)
