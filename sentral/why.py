"""`sentral call why`: what was decided about one call and why, told from the event log."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

import click

from acd.explanation import Decision
from acd.replay import replay
from acd.requirements import Requirement
from acd.settings import AgentProfile, QueueSettings
from events.event import Recorded
from events.ids import AgentId, CallId, QueueName
from events.queues import CallOffered, QueueClosed, QueueOpened
from sentral.failures import Failure
from sentral.output import print_table
from sentral.sentences import sentence


def story_of(
    call: str,
    log: Iterable[Recorded],
    queues: Mapping[QueueName, QueueSettings],
    agents: Mapping[AgentId, AgentProfile],
) -> list[dict[str, Any]]:
    """What befell the call in its queues, in order; offers have who competed beside them.

    Closures of queues that it was in are part of it. Offers after a decision that this
    configuration makes otherwise are told without the reasons.

    Raises:
        Failure: the log says nothing of it.
    """
    watched = _Watched(CallId(call), iter(log))
    decisions: deque[Decision] = deque()

    def hear(decision: Decision) -> None:
        if decision.call == watched.call:
            decisions.append(decision)

    replay(watched, queues, agents, witness=hear)
    for _ in watched:  # beyond a decision that is another one today
        pass
    steps = [_step(recorded, watched.began_at, decisions) for recorded in watched.told()]
    if not steps:
        raise Failure(f"the log says of no queue that the call {call} was in")
    return steps


def print_story(steps: list[dict[str, Any]]) -> None:
    for step in steps:
        click.echo(f"{step['after_s']:7.1f} s  {step['sentence']}")
        if step["kind"] == "CallOffered":
            _print_reasons(step)


class _Watched:
    """A log that is passed on, with what it says of one call and of its queues kept."""

    def __init__(self, call: CallId, log: Iterator[Recorded]) -> None:
        self.call = call
        self.began_at = 0.0
        """UTC, of the first that is told."""
        self._log = log
        self._of_call: list[Recorded] = []
        self._of_queues: list[Recorded] = []

    def __iter__(self) -> Iterator[Recorded]:
        for recorded in self._log:
            if isinstance(recorded.event, QueueClosed | QueueOpened):
                self._of_queues.append(recorded)
            elif getattr(recorded.event, "call", None) == self.call and sentence(recorded.event):
                self._of_call.append(recorded)
            yield recorded

    def told(self) -> list[Recorded]:
        """By the log's order: the call's own, and closures while it was there."""
        if not self._of_call:
            return []
        self.began_at = self._of_call[0].utc
        first, last = self._of_call[0].seq, self._of_call[-1].seq
        visited = {getattr(recorded.event, "queue", None) for recorded in self._of_call}
        closures = [
            recorded
            for recorded in self._of_queues
            if first < recorded.seq < last and getattr(recorded.event, "queue", None) in visited
        ]
        return sorted([*self._of_call, *closures], key=lambda recorded: recorded.seq)


def _step(recorded: Recorded, began_at: float, decisions: deque[Decision]) -> dict[str, Any]:
    event = recorded.event
    found: dict[str, Any] = {
        "seq": recorded.seq,
        "utc": recorded.utc,
        "after_s": recorded.utc - began_at,
        "kind": event.kind,
        "sentence": sentence(event),
    }
    if isinstance(event, CallOffered):
        if decisions and decisions[0].agent == event.agent:
            return found | _told(decisions.popleft())
        return found | {"queue": event.queue, "agent": event.agent, "because": None}
    return found


def _told(decision: Decision) -> dict[str, Any]:
    return asdict(decision) | {"requirement": _asked(decision.requirement)}


def _print_reasons(step: dict[str, Any]) -> None:
    if step["because"] is None:
        click.echo("           why is not known: today's configuration decides otherwise before it")
        return
    relaxed = f", relaxed by {step['step']} of its steps" if step["step"] else ""
    click.echo(f"           {step['because']}{relaxed}")
    click.echo(f"           asked for: {step['requirement'] or 'nothing in particular'}")
    print_table(
        ["agent", "why not"],
        [(each["agent"], each["reason"]) for each in step["candidates"]],
    )
    print_table(
        ["call that could have been next", "queue", ">waited", "why not"],
        [
            (each["call"], each["queue"], f"{each['waited_s']:.1f} s", each["reason"])
            for each in step["rivals"]
        ],
        empty=f"No other call waited for {step['agent']}.",
    )


def _asked(requirement: Requirement) -> str:
    """In words; empty if anybody will do."""
    parts = [f"{skill} ≥ {level}" for skill, level in sorted(requirement.skills)]
    if requirement.any_of:
        groups = (
            " and ".join(f"{skill} ≥ {level}" for skill, level in sorted(group))
            for group in requirement.any_of
        )
        parts.append(f"({' or '.join(groups)})")
    for name in ("languages", "tiers", "sites"):
        if values := getattr(requirement, name):
            parts.append(f"{name} {', '.join(map(str, values))}")
    if requirement.customer_type:
        parts.append(f"customer {requirement.customer_type}")
    if requirement.only is not None:
        parts.append(f"only {requirement.only}")
    return ", ".join(parts)
