"""Who hears whom in a conference: rows of a hear-matrix, made for the usual cases.

A row says whom one party hears. Nobody hears themselves, and whoever is in no row hears nobody
and is heard by nobody.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeAlias, TypeVar

PartyT = TypeVar("PartyT", bound=Hashable)

Hears: TypeAlias = Mapping[PartyT, Sequence[PartyT]]


def all_hear_all(parties: Sequence[PartyT]) -> Hears[PartyT]:
    """A plain conference; also a supervisor who barges in."""
    return {one: [other for other in parties if other != one] for one in parties}


def listening(supervisor: PartyT, caller: PartyT, agent: PartyT) -> Hears[PartyT]:
    """The supervisor hears both; neither knows."""
    return {caller: [agent], agent: [caller], supervisor: [caller, agent]}


def whispering(supervisor: PartyT, caller: PartyT, agent: PartyT) -> Hears[PartyT]:
    """The supervisor hears both and is heard by the agent only."""
    return {caller: [agent], agent: [caller, supervisor], supervisor: [caller, agent]}


def barging(supervisor: PartyT, caller: PartyT, agent: PartyT) -> Hears[PartyT]:
    """All three hear each other."""
    return all_hear_all([caller, agent, supervisor])
