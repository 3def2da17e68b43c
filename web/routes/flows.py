"""Flows: which are in force, and reading them anew."""

from pydantic import Field

from web.endpoints import Ask, Endpoint
from web.models import Model
from web.problems import Problem


class Flows(Model):
    flows: dict[str, str]
    """Name to version, the content hash of its file."""
    changed: list[str] = Field(default=[])
    """After a reload: those that are new, changed or gone."""


async def list_flows(ask: Ask) -> Flows:
    return Flows(flows=ask.context.flow_versions())


async def reload_flows(ask: Ask) -> Flows:
    changed, problems = await ask.context.reload_flows()
    if problems:
        raise Problem(409, "the flows stay as they are:\n" + "\n".join(problems))
    return Flows(flows=ask.context.flow_versions(), changed=list(changed))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/flows",
        summary="The flows that new calls take.",
        handler=list_flows,
        answer=Flows,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/flows/reload",
        summary="Read the flows anew: new calls take them; calls in progress keep theirs. "
        "Mistakes change nothing and are answered with 409.",
        handler=reload_flows,
        answer=Flows,
    ),
)
