"""What a call asks of an agent, and how well an agent suits it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, TypeAlias, TypeVar

from acd.model import Entry
from acd.settings import ANY, AgentProfile, QueueSettings, Relaxation, Strategy
from events.ids import AgentId, QueueName

T = TypeVar("T")

Skills: TypeAlias = frozenset[tuple[str, int]]

Rank: TypeAlias = tuple[int, int, int, int]
"""How well a profile suits a class, smallest first: rank of its language, of its tier, of its
site, then the strategy's."""


class ProfileKey(NamedTuple):
    """What agents of one profile can do; also its name in the index."""

    skills: Skills
    languages: frozenset[str]
    tier: int
    site: str = ""
    customer_types: frozenset[str] = frozenset()


class Requirement(NamedTuple):
    """What a class of calls asks for; also its name in the index."""

    queue: QueueName
    strategy: Strategy
    skills: Skills
    languages: tuple[str, ...]
    refused: frozenset[AgentId]
    """Agents who rejected the call lately, or must not have it."""
    any_of: tuple[Skills, ...] = ()
    tiers: tuple[int, ...] = ()
    sites: tuple[str, ...] = ()
    customer_type: str = ""
    only: AgentId | None = None
    """The one agent for whom the call is kept."""
    weight: float = 1.0


def profile_key(profile: AgentProfile) -> ProfileKey:
    return ProfileKey(
        frozenset(profile.skills.items()),
        frozenset(profile.languages),
        profile.tier,
        profile.site,
        frozenset(profile.customer_types),
    )


def requirement_of(entry: Entry, settings: QueueSettings) -> Requirement:
    """The queue's skills and the call's own, the higher level of each, as far as relaxed."""
    skills = merged(settings.skills.items(), entry.skills.items())
    any_of = [dict(group) for group in entry.any_of]
    languages, tiers = entry.languages, entry.tiers or settings.tiers
    sites = entry.sites or settings.sites
    for step in settings.relaxation[: entry.step]:
        skills = _relaxed(skills, step)
        any_of = [_relaxed(group, step) for group in any_of]
        languages = _with(languages, step.languages)
        tiers = _with(tiers, step.tiers)
        sites = _with(sites, step.sites)
    if not all(any_of):
        any_of = []  # one of them asks for nothing any more
    return Requirement(
        entry.queue,
        settings.strategy,
        frozenset(skills.items()),
        languages,
        frozenset((*entry.refused, *entry.excluded)),
        tuple(frozenset(group.items()) for group in any_of),
        tiers,
        sites,
        entry.customer_type,
        entry.kept_for,
        settings.weight,
    )


def requirement_of_queue(queue: QueueName, settings: QueueSettings) -> Requirement:
    """What any caller of the queue needs."""
    return Requirement(
        queue,
        settings.strategy,
        frozenset(settings.skills.items()),
        (),
        frozenset(),
        tiers=settings.tiers,
        sites=settings.sites,
        weight=settings.weight,
    )


def rank(requirement: Requirement, profile: ProfileKey) -> Rank | None:
    """None if agents of this profile are not able to take such calls."""
    has = dict(profile.skills)
    if not _meets(has, requirement.skills):
        return None
    customer, served = requirement.customer_type, profile.customer_types
    if customer and served and customer not in served:
        return None
    language = _place(requirement.languages, profile.languages)
    tier = _place(requirement.tiers, (profile.tier,))
    site = _place(requirement.sites, (profile.site,))
    if language is None or tier is None or site is None:
        return None
    groups = [group for group in requirement.any_of if _meets(has, group)]
    if not groups:
        if requirement.any_of:
            return None
        return (language, tier, site, _strategy_rank(requirement.strategy, requirement.skills, has))
    by_group = (
        _strategy_rank(requirement.strategy, merged(requirement.skills, group).items(), has)
        for group in groups
    )
    return (language, tier, site, min(by_group))


def merged(*parts: Iterable[tuple[str, int]]) -> dict[str, int]:
    """All skills, the highest level of each."""
    skills: dict[str, int] = {}
    for part in parts:
        for skill, level in part:
            skills[skill] = max(level, skills.get(skill, 0))
    return skills


def _meets(has: Mapping[str, int], skills: Skills) -> bool:
    return all(has.get(skill, 0) >= level for skill, level in skills)


def _place(acceptable: tuple[object, ...], there: Iterable[object]) -> int | None:
    """How early the best of what is there is named; None if it will not do."""
    if not acceptable:
        return 0
    for number, each in enumerate(acceptable):
        if each == ANY or each in there:
            return number
    return None


def _strategy_rank(
    strategy: Strategy, skills: Iterable[tuple[str, int]], has: Mapping[str, int]
) -> int:
    match strategy:
        case Strategy.BEST_LEVEL:
            return -sum(has[skill] for skill, _ in skills)
        case Strategy.CLOSEST_LEVEL:
            return sum(has[skill] - level for skill, level in skills)
        case Strategy.NARROWEST:
            return len(has)
        case _:
            return 0


def _relaxed(skills: Mapping[str, int], step: Relaxation) -> dict[str, int]:
    most = step.level
    return {
        skill: level if most is None else min(level, most)
        for skill, level in skills.items()
        if skill not in step.without
    }


def _with(acceptable: tuple[T, ...], more: tuple[T, ...]) -> tuple[T, ...]:
    """Empty means any, and cannot be made wider."""
    return tuple(dict.fromkeys((*acceptable, *more))) if acceptable else acceptable
