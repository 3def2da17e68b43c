"""The distributor's records as JSON values, and back."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from acd.model import Agent, Conversation, Entry, Offer, Place
from acd.settings import AgentProfile
from events.agents import AgentState

VERSION = 2

VERSIONS = (1, 2)
"""Those that can be read."""


def upgraded(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """A snapshot of an older version as the present one would have written it."""
    if data["version"] == 1:  # one offer a call, and chance without a seed
        entries = [_with_offers(entry) for entry in data["entries"]]
        return {**data, "version": 2, "seed": 0, "entries": entries, "closures": {}}
    return data


def _with_offers(entry: Mapping[str, Any]) -> dict[str, Any]:
    offers = [] if entry["offer"] is None else [entry["offer"]]
    kept = {name: value for name, value in entry.items() if name not in ("offer", "overdue")}
    return kept | {"offers": offers, "due_out": "timeout" if entry["overdue"] else ""}


def dump_entry(entry: Entry) -> dict[str, Any]:
    data = asdict(entry)
    del data["urgency"]  # follows from the rest and the settings
    tuples = ("any_of", "languages", "tiers", "sites", "excluded")
    return data | {name: list(data[name]) for name in tuples} | {"place": entry.place.value}


def load_entry(data: Mapping[str, Any], shift_s: float) -> Entry:
    entry = Entry(**{**data, "offers": list(data["offers"])})
    entry.languages = tuple(entry.languages)
    entry.any_of = tuple(entry.any_of)
    entry.tiers, entry.sites = tuple(entry.tiers), tuple(entry.sites)
    entry.excluded = tuple(entry.excluded)
    entry.place = Place(entry.place)
    entry.queued_at += shift_s
    entry.relaxes_from += shift_s
    if entry.came_at is not None:
        entry.came_at += shift_s
    entry.refused = {agent: at + shift_s for agent, at in entry.refused.items()}
    return entry


def dump_offer(offer: Offer) -> dict[str, Any]:
    return asdict(offer)


def load_offer(data: Mapping[str, Any]) -> Offer:
    return Offer(**data)


def dump_agent(agent: Agent) -> dict[str, Any]:
    """Without the profile: that is configuration."""
    data = {name: getattr(agent, name) for name in agent.__slots__ if name != "profile"}
    data["state"] = agent.state.value
    data["engaged"] = list(agent.engaged)
    data["conversation"] = agent.conversation and asdict(agent.conversation)
    data["pending"] = None if agent.pending is None else [agent.pending[0].value, agent.pending[1]]
    return data


def load_agent(data: Mapping[str, Any], profile: AgentProfile, shift_s: float) -> Agent:
    agent = Agent(profile=profile, **data)
    agent.state = AgentState(agent.state)
    agent.since += shift_s
    agent.idle_since += shift_s
    agent.signed_in_at += shift_s
    if agent.pending is not None:
        agent.pending = (AgentState(agent.pending[0]), agent.pending[1])
    if data["conversation"] is not None:
        agent.conversation = _load_conversation(data["conversation"], shift_s)
    return agent


def _load_conversation(data: Mapping[str, Any], shift_s: float) -> Conversation:
    talk = Conversation(**{**data, "holders": list(data["holders"])})
    talk.began_at += shift_s
    talk.changed_at += shift_s
    if talk.ended_at is not None:
        talk.ended_at += shift_s
    return talk
