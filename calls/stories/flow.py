"""A call in an IVR flow: from its start, or from the position at which a restart found it."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import structlog

from calls.call import Call
from calls.ending import NOT_REACHED
from calls.scope import PassedOn
from calls.state import TRANSFERRED
from calls.stories.flow_caller import PERSONAL, FlowCaller
from events.calls import FlowEntered, FlowLeft, NodeVisited
from events.ids import FlowName, NodeName
from ivr.caller import CallerGone
from ivr.engine import NodeVisit, run_flow, run_on_hangup
from ivr.position import Position

_log = structlog.get_logger(__name__)


async def tell(call: Call) -> None:
    story = _FlowStory(call)
    call.telling.after_hang_up = story.after_hang_up
    await story.tell()
    call.end("normal", NOT_REACHED)


class _FlowStory:
    """Keeps where the call is, and writes it down after each node."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._flows = (
            call.services.flows.current
        )  # to the end of the call, whatever is changed meanwhile
        self._caller = FlowCaller(call)
        self._name = FlowName(call.state.route_target)
        written = call.state.position
        if written:
            self._position = Position.from_json(written)
        else:
            self._position = self._flows.start(self._name, call.state.carried or {})
        if not call.resumed:
            call.happened(FlowEntered(call.id, self._name, self._position.version))

    async def tell(self) -> None:
        outcome, contained = "failed", False
        try:
            result = await run_flow(
                self._flows, self._position, self._caller, on_visit=self._visited
            )
            outcome, contained = result.outcome, result.contained
        except PassedOn:
            outcome = TRANSFERRED
            after = replace(self._position, node="", stack=())
            self._visited(NodeVisit(self._position.flow, self._position.node, TRANSFERRED, after))
            raise
        except (asyncio.CancelledError, CallerGone):
            outcome = "hang_up"
            raise
        finally:
            self._call.happened(FlowLeft(self._call.id, self._name, outcome, contained))

    async def after_hang_up(self) -> None:
        await run_on_hangup(self._flows, self._position, self._caller, on_visit=self._visited)

    def _visited(self, visit: NodeVisit) -> None:
        if not visit.aside:
            self._position = visit.position
        if visit.error is not None:
            self._call.node_failed = True
            _log.error(
                "node_failed",
                call=self._call.id,
                flow=visit.flow,
                node=visit.node,
                problem=str(visit.error),
            )
        self._call.happened(
            NodeVisited(
                self._call.id,
                FlowName(visit.flow),
                NodeName(visit.node),
                visit.outcome,
                _written(visit.position, self._caller.secrets),
                visit.aside,
            )
        )


def _written(position: Position, secrets: Collection[str]) -> dict[str, Any]:
    """The position as it is logged: events name no person, whom resuming looks up again, and keep
    no secret."""
    written = position.to_json()
    variables = written["variables"]
    written["variables"] = {
        name: value
        for name, value in variables.items()
        if name not in PERSONAL and name not in secrets
    }
    return written
