"""Why a call was offered to an agent: who else could have had it, and what else they could have."""

from collections.abc import Iterable
from dataclasses import dataclass

from acd.agents import Agents
from acd.matching import Assignment, claim
from acd.model import Agent, Entry, Place
from acd.queues import Queues
from acd.requirements import Requirement, profile_key, rank
from events.agents import AgentState
from events.ids import AgentId, CallId, QueueName


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent who was not chosen, and why."""

    agent: AgentId
    reason: str


@dataclass(frozen=True, slots=True)
class Rival:
    """A call that the chosen agent could have taken, too, and why it was not its turn."""

    call: CallId
    queue: QueueName
    waited_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """`at` is steady. `because`: what put this agent before the other free ones."""

    at: float
    call: CallId
    queue: QueueName
    agent: AgentId
    waited_s: float
    step: int
    requirement: Requirement
    because: str
    candidates: tuple[Candidate, ...]
    rivals: tuple[Rival, ...]


def explain(assignment: Assignment, queues: Queues, agents: Agents, now: float) -> Decision:
    """At the moment of a choice, before it is carried out."""
    entry, chosen = queues.entries[assignment.entry], agents.by_id[assignment.agent]
    requirement = queues.requirement(entry)
    others = [agent for agent in agents.by_id.values() if agent is not chosen]
    candidates = [_candidate(agent, chosen, entry, requirement, agents) for agent in others]
    return Decision(
        at=now,
        call=entry.call,
        queue=entry.queue,
        agent=chosen.id,
        waited_s=now - entry.queued_at,
        step=entry.step,
        requirement=requirement,
        because=_because(candidates, requirement, entry),
        candidates=tuple(sorted(candidates, key=lambda each: each.agent)),
        rivals=tuple(_rivals(entry, chosen, queues, now)),
    )


def _because(candidates: Iterable[Candidate], requirement: Requirement, entry: Entry) -> str:
    if entry.offers:
        return "rings beside the others of its group: no other call wants them"
    if requirement.only is not None:
        return "the call was kept for them"
    if any(each.reason.startswith("free") for each in candidates):
        return f"first by {requirement.strategy.value.replace('_', ' ')} among those free and able"
    return "nobody else was free and able"


def _candidate(
    agent: Agent, chosen: Agent, entry: Entry, requirement: Requirement, agents: Agents
) -> Candidate:
    if agent.offer is not None and agent.offer in entry.offers:
        return Candidate(agent.id, "rings for this call too")
    suits = rank(requirement, profile_key(agent.profile))
    if suits is None:
        return Candidate(agent.id, f"not able: {_shortcoming(agent, requirement)}")
    if agent.state is not AgentState.AVAILABLE:
        return Candidate(agent.id, agent.state.value.replace("_", " "))
    if not agent.reachable:
        return Candidate(agent.id, "phone not reachable")
    if agents.resting_until(agent) is not None:
        return Candidate(agent.id, f"resting ({agent.reason})")
    if agent.id in requirement.refused:
        return Candidate(agent.id, "refused this call, or is excluded")
    if requirement.only is not None:
        return Candidate(agent.id, "free, but the call was kept for another")
    best = rank(requirement, profile_key(chosen.profile))
    assert best is not None
    names = ("language", "tier", "site", "match of levels")
    for name, theirs, its in zip(names, suits, best, strict=True):
        if theirs != its:
            return Candidate(agent.id, f"free, but a worse {name}")
    return Candidate(agent.id, "free, but later in the order")


def _shortcoming(agent: Agent, requirement: Requirement) -> str:
    has = agent.profile.skills
    for skill, level in sorted(requirement.skills):
        if has.get(skill, 0) < level:
            return f"{skill} {has.get(skill, 0)} of {level}"
    if requirement.languages and not set(requirement.languages) & {*agent.profile.languages, "*"}:
        return f"speaks none of {', '.join(requirement.languages)}"
    if requirement.tiers and agent.profile.tier not in requirement.tiers:
        return f"tier {agent.profile.tier}"
    if requirement.sites and not {agent.profile.site, "*"} & set(requirement.sites):
        return f"site {agent.profile.site or 'unnamed'}"
    if requirement.any_of and rank(requirement._replace(any_of=()), profile_key(agent.profile)):
        return "none of the sets of skills"
    return "does not serve such customers"


def _rivals(entry: Entry, chosen: Agent, queues: Queues, now: float) -> list[Rival]:
    profile = profile_key(chosen.profile)
    weight = queues.requirement(entry).weight
    found = []
    for other in queues.entries.values():
        if other is entry or other.place is not Place.WAITING:
            continue
        asked = queues.requirement(other)
        if rank(asked, profile) is None or chosen.id in asked.refused:
            continue
        if asked.only not in (None, chosen.id):
            reason = "kept for another agent"
        elif (weight, asked.weight) != (1.0, 1.0):
            theirs, its = (
                -claim(e.urgency[0], w, now) for e, w in ((other, asked.weight), (entry, weight))
            )
            reason = f"weighted wait {theirs:.1f} s of {its:.1f} s"
        else:
            later_s = other.urgency[0] - entry.urgency[0]
            reason = f"due {later_s:.1f} s later" if later_s else "came later"
        found.append(Rival(other.call, other.queue, now - other.queued_at, reason))
    return found
