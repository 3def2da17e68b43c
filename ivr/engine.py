"""Run a flow for one caller, from its start or from wherever a call once was.

The position is written after each node, so a call goes on after a crash at the node that was cut
short. A broken flow ends one call politely and never anything else.
"""

import asyncio
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ivr.caller import Caller, CallerGone
from ivr.flow import Flow, Flows
from ivr.handlers import Handler, entered_from, handlers, never_back, returned
from ivr.names import END
from ivr.node import Exit, FlowFault, Node, Sound
from ivr.position import Position, Return
from ivr.variables import IDENTIFIED_AS

MAX_SILENT_VISITS: Final = 1000
"""Nodes in a row without a key or a conversation; more is a flow that runs in circles."""

MAX_DEPTH: Final = 16
"""Flows inside flows."""

_LEAST_PASS_S: Final = 1.0
"""A flow beside a wait that does nothing would otherwise begin again at once, for ever."""

_TURN: Final = 16
"""Nodes after which the event loop gets a turn, if none of them waited."""


@dataclass(frozen=True, slots=True)
class NodeVisit:
    """A node was left.

    Attributes:
        outcome: "next", a key, "no_input", "no_match", "hang_up", "error" …
        position: where the flow goes on; enough to continue after a crash.
        error: what went wrong, for the log, when the outcome is "error".
        aside: the flow that runs while the caller waits; the call itself stays in its queue node.
        caught: whose own `on_error` or `on_hangup` takes over, as (flow, node).
    """

    flow: str
    node: str
    outcome: str
    position: Position
    error: Exception | None = None
    aside: bool = False
    caught: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class FlowResult:
    """The flow is over and our side has ended the call.

    Attributes:
        outcome: "ended", "hung_up" (by a node) or "failed".
        contained: the flow served the caller to the end, alone.
    """

    outcome: str
    contained: bool


OnVisit = Callable[[NodeVisit], None]


async def run_flow(
    flows: Flows, position: Position, caller: Caller, *, on_visit: OnVisit
) -> FlowResult:
    """Run from `position` until the flow ends, and end the call with it.

    Raises:
        CallerGone: the caller hung up; `run_on_hangup` is then due.
    """
    caller.meanwhile = lambda flow: run_while_waiting(flows, flow, caller, on_visit=on_visit)
    return await _Run(flows, position, caller, on_visit).to_the_end()


async def run_on_hangup(
    flows: Flows, position: Position, caller: Caller, *, on_visit: OnVisit
) -> None:
    """The caller hung up at `position`: report that, then run the nearest `on_hangup`.

    What it says nobody hears; its first use of the caller's ear ends it.
    """
    position = returned(position)
    handler = next(handlers(flows, position, "on_hangup"), None)
    after = dataclasses.replace(position, node="", stack=())
    if handler is not None and handler.target:
        after = _handed_to(handler, after)
    if position.node:  # else the flow was over: the caller was only faster than our BYE
        caught = _caught(handler)
        on_visit(NodeVisit(position.flow, position.node, "hang_up", after, caught=caught))
    if not after.node:
        return
    run = _Run(flows, dataclasses.replace(after, failed=True), caller, on_visit)
    try:
        await run.until_over()
    except CallerGone:
        return


async def run_while_waiting(flows: Flows, flow: str, caller: Caller, *, on_visit: OnVisit) -> str:
    """Run `flow` over and over beside a wait, until it is cancelled or gives up the place.

    A flow that fails is not begun again: the caller waits on with music.

    Returns:
        The reason, as its `leave_queue` node says.
    """
    loop = asyncio.get_running_loop()
    while True:
        began_at = loop.time()
        position = flows.start(flow, dict(caller.variables))
        run = _Run(flows, position, caller, on_visit, aside=True)
        outcome = await run.until_over()
        if outcome == "hung_up":
            return run.left_by
        if outcome == "failed":
            await asyncio.Event().wait()
        await asyncio.sleep(max(0.0, began_at + _LEAST_PASS_S - loop.time()))


class _Run:
    """One caller's way through the flows; `position` is all that it knows."""

    def __init__(
        self,
        flows: Flows,
        position: Position,
        caller: Caller,
        on_visit: OnVisit,
        *,
        aside: bool = False,
    ) -> None:
        """`aside`: beside a wait in a queue, which tells more with every node."""
        self.position = position
        self.left_by = ""
        self._aside = aside
        self._flows = flows
        self._caller = caller
        self._on_visit = on_visit
        self._silent = 0
        caller.variables.update(position.variables)
        self._find_customer()
        self._choose_language()

    def _find_customer(self) -> None:
        """Positions name no person: whom `identify` found is looked up again."""
        number = self.position.variables.get(IDENTIFIED_AS)
        if isinstance(number, str) and "customer" not in self.position.variables:
            self._caller.variables["customer"] = dict(self._caller.world.customer_of(number))

    def _choose_language(self) -> None:
        """What the call spoke before; else what `calls` chose; else the flow's first language."""
        caller, spoken = self._caller, self.position.variables.get("language")
        flow = self._flows.find(self.position.flow, self.position.version)
        languages = flow.languages if flow else ()
        if isinstance(spoken, str) and spoken:
            caller.language = spoken
        elif languages and caller.language not in languages:
            caller.language = languages[0]
        caller.variables["language"] = caller.language

    async def to_the_end(self) -> FlowResult:
        outcome = await self.until_over()
        if outcome != "hung_up":
            await self._caller.hang_up("failed" if outcome == "failed" else "normal")
        contained = outcome != "failed" and not (self.position.assisted or self.position.failed)
        return FlowResult(outcome, contained)

    async def until_over(self) -> str:
        """Run nodes until the flow is over; says how it ended."""
        while True:
            self.position = returned(self.position)
            if not self.position.node:
                return "ended"
            visited = self._flows.find(self.position.flow, self.position.version)
            node = visited.nodes.get(self.position.node) if visited else None
            left: Exit | Exception
            if visited is None or node is None:
                left = FlowFault(f"flow {self.position.flow} has no node {self.position.node}")
            else:
                left = await self._left(node)
            if isinstance(left, Exception):
                if not self._failed(left):
                    return "failed"
                await self._give_others_a_turn()
                continue
            self._went_on(left, visited, node)
            if node is not None and node.ends_flow():
                return "hung_up"
            self._silent = 0 if left.heard else self._silent + 1
            await self._give_others_a_turn()

    async def _left(self, node: Node) -> Exit | Exception:
        """Run one node. Its trouble is a value: only the caller's going and cancellation pass."""
        try:
            if self._silent >= MAX_SILENT_VISITS:
                raise FlowFault(
                    f"{MAX_SILENT_VISITS} nodes without a key: the flow runs in circles"
                )
            if self._aside and not node.fits_waiting:
                raise FlowFault("this node does not go with waiting in a queue")
            if self._aside:
                self._caller.variables["queue"] = self._caller.place()
            elif node.needs_waiting:
                raise FlowFault("the caller waits in no queue")
            await self._prepare_sound(node.sound())
            left = await node.run(self._caller)
            self._check_entry(left)
        except CallerGone:
            raise
        except Exception as error:  # whatever an author's node does must end one call only
            return error
        return left

    async def _prepare_sound(self, sound: Sound) -> None:
        """Answer supervision: 200 OK is sent by the first node that cannot do without."""
        if sound is Sound.TWO_WAY or (sound is Sound.ONE_WAY and not self._caller.hears_us):
            await self._caller.answer()

    def _check_entry(self, left: Exit) -> None:
        if left.enter is None:
            return
        if left.enter not in self._flows:
            raise FlowFault(f"there is no flow {left.enter}")
        if sum(bool(back.node) for back in self.position.stack) >= MAX_DEPTH:
            raise FlowFault(f"flows inside flows more than {MAX_DEPTH} deep")

    def _went_on(self, left: Exit, flow: Flow | None, node: Node | None) -> None:
        before, over = self.position, node is not None and node.ends_flow()
        after = dataclasses.replace(
            before,
            node="" if over or left.target == END else str(left.target),
            stack=() if over else before.stack,
            variables=dict(self._caller.variables),
            assisted=before.assisted or (node is not None and node.assists),
        )
        if left.enter is not None:
            frame = Return(before.flow, before.version, after.node, before.node)
            leaves = node is not None and node.leaves_flow
            entered = self._flows.start(left.enter, after.variables)
            after = dataclasses.replace(
                after,
                flow=entered.flow,
                version=entered.version,
                node=entered.node,
                stack=before.stack if leaves else entered_from(before.stack, frame, flow),
            )
        self._visited(before, left.outcome, after)

    def _failed(self, error: Exception) -> bool:
        """Lead to the nearest `on_error`, but only once to a flow's; says whether there is one."""
        before = self.position
        handler = self._on_error()
        self._caller.variables["error"] = {
            "flow": before.flow,
            "node": before.node,
            "problem": str(error)[:200],
        }
        own = handler is not None and handler.node
        after = dataclasses.replace(
            before,
            node="",
            stack=(),
            variables=dict(self._caller.variables),
            failed=before.failed or not own,
        )
        if handler is not None:
            stack = handler.outer if own else never_back(handler.outer)
            after = dataclasses.replace(_handed_to(handler, after), stack=stack)
        self._silent = self._silent + 1 if own else 0
        self._visited(before, "error", after, error, _caught(handler))
        return handler is not None

    def _on_error(self) -> Handler | None:
        """A node's own leads on again and again, but not for ever."""
        if self.position.failed:
            return None
        circles = self._silent >= MAX_SILENT_VISITS
        found = handlers(self._flows, self.position, "on_error")
        return next((handler for handler in found if not (handler.node and circles)), None)

    def _visited(
        self,
        before: Position,
        outcome: str,
        after: Position,
        error: Exception | None = None,
        caught: tuple[str, str] | None = None,
    ) -> None:
        self.position = after
        self.left_by = outcome
        aside = self._aside
        self._on_visit(NodeVisit(before.flow, before.node, outcome, after, error, aside, caught))

    async def _give_others_a_turn(self) -> None:
        if self._silent % _TURN == _TURN - 1:
            await asyncio.sleep(0)


def _handed_to(handler: Handler, position: Position) -> Position:
    return dataclasses.replace(
        position, flow=handler.flow, version=handler.version, node=handler.target
    )


def _caught(handler: Handler | None) -> tuple[str, str] | None:
    return (handler.flow, handler.node) if handler is not None and handler.node else None
