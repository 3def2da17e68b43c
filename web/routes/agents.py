"""Agents: who they are, what they do, and what they may be told to do."""

import asyncio
from collections.abc import Callable
from typing import Final

from events.ids import AgentId, PhoneId
from web.endpoints import Ask, Endpoint
from web.models import (
    Agent,
    AgentReport,
    Agents,
    Extension,
    Forced,
    NotAvailable,
    Period,
    SignIn,
)
from web.problems import Problem
from web.views import agent_of

MOST_DAYS: Final = 93


async def list_agents(ask: Ask) -> Agents:
    return Agents(agents=[agent_of(ask.context, view) for view in ask.context.agents()])


async def report(ask: Ask) -> AgentReport:
    period = ask.query(Period)
    if not period.begin < period.end <= period.begin + MOST_DAYS * 86_400:
        raise Problem(400, f"end must be later than begin, by at most {MOST_DAYS} days")
    figures = await asyncio.to_thread(ask.context.agent_figures, period.begin, period.end)
    return AgentReport(agents=list(figures))


async def sign_in(ask: Ask) -> Agent:
    wish = await ask.body(SignIn)
    agent = AgentId(ask.path("id"))
    if not await asyncio.to_thread(ask.context.is_pin, agent, wish.pin):
        raise Problem(403, "agent id or PIN is wrong")
    ask.context.sign_in(agent, PhoneId(wish.phone))
    return _agent(ask)


async def make_not_available(ask: Ask) -> Agent:
    wish = await ask.body(NotAvailable)
    ask.context.make_not_available(AgentId(ask.path("id")), wish.reason, wish.by)
    return _agent(ask)


async def make_available(ask: Ask) -> Agent:
    return await _forced(ask, ask.context.make_available)


async def extend_wrap_up(ask: Ask) -> Agent:
    wish = await ask.body(Extension)
    ask.context.extend_wrap_up(AgentId(ask.path("id")), wish.by_s)
    return _agent(ask)


async def end_wrap_up(ask: Ask) -> Agent:
    ask.context.end_wrap_up(AgentId(ask.path("id")))
    return _agent(ask)


async def sign_out(ask: Ask) -> Agent:
    return await _forced(ask, ask.context.sign_out)


async def _forced(ask: Ask, action: Callable[[AgentId, str], None]) -> Agent:
    action(AgentId(ask.path("id")), (await ask.body(Forced)).by)
    return _agent(ask)


def _agent(ask: Ask) -> Agent:
    wanted = ask.path("id")
    for view in ask.context.agents():
        if view.id == wanted:
            return agent_of(ask.context, view)
    raise Problem(404, f"there is no agent {wanted}")


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/agents",
        summary="Every agent and what they are doing.",
        handler=list_agents,
        answer=Agents,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/agents/report",
        summary="What agents did in a period, and how they kept to their schedules.",
        handler=report,
        answer=AgentReport,
        query=Period,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/agents/{id}/sign-in",
        summary="Sign an agent in at a phone.",
        handler=sign_in,
        answer=Agent,
        body=SignIn,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/agents/{id}/available",
        summary="Take calls again; also ends not answering and wrap-up.",
        handler=make_available,
        answer=Agent,
        body=Forced,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/agents/{id}/not-available",
        summary="Take no more calls; during a call, from its end on.",
        handler=make_not_available,
        answer=Agent,
        body=NotAvailable,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/agents/{id}/end-wrap-up",
        summary="Done with the work after a call.",
        handler=end_wrap_up,
        answer=Agent,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/agents/{id}/extend-wrap-up",
        summary="More time for the work after a call.",
        handler=extend_wrap_up,
        answer=Agent,
        body=Extension,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/agents/{id}/sign-out",
        summary="Leave the phone; during a call, at its end.",
        handler=sign_out,
        answer=Agent,
        body=Forced,
    ),
)
