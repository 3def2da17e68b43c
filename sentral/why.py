"""`sentral call why`: the decisions about one call, told from the event log."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from acd.explanation import Decision
from acd.replay import replay
from acd.requirements import Requirement
from acd.settings import AgentProfile, QueueSettings
from events.event import Recorded
from events.ids import AgentId, CallId, QueueName
from sentral.failures import Failure
from sentral.output import print_table


def decisions_about(
    call: str,
    log: Iterable[Recorded],
    queues: Mapping[QueueName, QueueSettings],
    agents: Mapping[AgentId, AgentProfile],
) -> list[dict[str, Any]]:
    """Raises Failure when nothing can be told."""
    heard: list[Decision] = []

    def hear(decision: Decision) -> None:
        if decision.call == CallId(call):
            heard.append(decision)

    done = replay(log, queues, agents, witness=hear)
    if not heard and done.difference is not None:
        raise Failure(
            f"the log cannot be told again beyond event {done.difference.seq}: "
            "another configuration was in force, or the log does not begin at a start"
        )
    if not heard:
        raise Failure(f"no agent was offered the call {call}")
    return [_told(decision) for decision in heard]


def print_decisions(decisions: list[dict[str, Any]]) -> None:
    for told in decisions:
        click.echo(
            f"After {told['waited_s']:.1f} s in {told['queue']}, step {told['step']}, "
            f"offered to {told['agent']}: {told['because']}."
        )
        click.echo(f"  asked for: {told['requirement'] or 'nothing in particular'}")
        print_table(
            ["agent", "why not"],
            [(each["agent"], each["reason"]) for each in told["candidates"]],
        )
        print_table(
            ["call that could have been next", "queue", ">waited", "why not"],
            [
                (each["call"], each["queue"], f"{each['waited_s']:.1f} s", each["reason"])
                for each in told["rivals"]
            ],
            empty=f"No other call waited for {told['agent']}.",
        )


def _told(decision: Decision) -> dict[str, Any]:
    from dataclasses import asdict

    return asdict(decision) | {"requirement": _asked(decision.requirement)}


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
