"""Who takes over when a node fails or the caller hangs up: `on_error` and `on_hangup`, inside out.

A node's own comes first, then its flow's; a flow that names none leaves it to the one that entered
it with `flow`: to that node's own, then to that flow's, and so on outwards.
"""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from ivr.flow import Flow, Flows
from ivr.names import END
from ivr.position import Position, Return, Stack


@dataclass(frozen=True, slots=True)
class Handler:
    """A way on that an author foresaw.

    Attributes:
        target: the node that follows, in `flow`; empty for `end`.
        node: whose own way it is; empty when it is the flow's.
        outer: the flows that wait for `flow`.
    """

    target: str
    flow: str
    version: str
    node: str
    outer: Stack


def handlers(
    flows: Flows, position: Position, field: Literal["on_error", "on_hangup"]
) -> Iterator[Handler]:
    """All that could take over at `position`, the nearest first."""
    here = Return(position.flow, position.version, "", position.node)
    frames = (*position.stack, here)
    for depth in reversed(range(len(frames))):
        frame = frames[depth]
        flow = flows.find(frame.flow, frame.version)
        if flow is None:
            continue
        for node, target in ((frame.left_at, _own(flow, frame, field)), ("", getattr(flow, field))):
            if target is not None:
                way = "" if target == END else str(target)
                yield Handler(way, flow.name, flow.version, node, frames[:depth])


def _own(flow: Flow, frame: Return, field: str) -> str | None:
    node = flow.nodes.get(frame.left_at)
    return None if node is None else getattr(node, field)


def entered_from(stack: Stack, frame: Return, flow: Flow | None) -> Stack:
    """`stack` with `frame` on it, as far as there is a reason to keep it.

    A flow to which nothing comes back stays for its handlers alone, and only once: flows that lead
    to one another in a ring may do so for hours.
    """
    if frame.node:
        return (*stack, frame)
    own = flow and flow.nodes.get(frame.left_at)
    if not any(each and (each.on_error or each.on_hangup) for each in (flow, own)):
        return stack
    over = len(stack)
    while over and not stack[over - 1].node:
        over -= 1
    return (*stack[:over], *never_back((*stack[over:], frame)))


def never_back(stack: Stack) -> Stack:
    """The same flows, kept for their handlers alone, each where it is nearest."""
    inside_out = (dataclasses.replace(frame, node="") for frame in reversed(stack))
    return tuple(reversed(dict.fromkeys(inside_out)))


def returned(position: Position) -> Position:
    """Where the call really is when a flow is over: in the nearest that goes on, if any does."""
    while not position.node and position.stack:
        *outer, back = position.stack
        position = dataclasses.replace(
            position, flow=back.flow, version=back.version, node=back.node, stack=tuple(outer)
        )
    return position
