"""Agents at their phones: who sits where, which phones can be reached, which are in use.

An agent is a person, a phone is a device, a registration is where the phone is now. The states
themselves belong to the distributor; here stands only what follows from the events it is fed.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from calls.leg import Party
from calls.problems import Refused
from calls.settings import AgentSettings, PhoneSettings
from events.agents import (
    AgentMadeAvailable,
    AgentMadeNotAvailable,
    AgentSignedIn,
    AgentSignedOut,
    PhoneLost,
    PhoneReached,
    WrapUpEnded,
    WrapUpExtended,
)
from events.event import Event
from events.ids import AgentId, PhoneId

FOLLOWED: Final = (AgentSignedIn, AgentSignedOut, PhoneReached, PhoneLost)
"""The events that `follow` heeds."""

CONFIGURATION: Final = "configuration"
"""Who signs out agents who are configured no longer."""


class Desk:
    """One per process. Raises `Refused`, with the reason in words, for what cannot be done."""

    def __init__(
        self,
        agents: Mapping[AgentId, AgentSettings],
        phones: Mapping[PhoneId, PhoneSettings],
        append: Callable[[Event], None],
        reasons: Sequence[str] = (),
    ) -> None:
        """`reasons`: those for which agents may be not available, beside none."""
        self._reasons = reasons
        self._agents = agents
        self._phones = phones
        self._append = append
        self._phone_of: dict[AgentId, PhoneId] = {}
        self._agent_at: dict[PhoneId, AgentId] = {}
        self._reachable: set[PhoneId] = set()
        self._in_use: Counter[PhoneId] = Counter()

    def follow(self, event: Event) -> None:
        """Keep up with what was logged."""
        match event:
            case AgentSignedIn(agent, phone):
                self._stand_up(agent)
                self._phone_of.pop(self._agent_at.pop(phone, agent), None)
                self._phone_of[agent], self._agent_at[phone] = phone, agent
            case AgentSignedOut(agent):
                self._stand_up(agent)
            case PhoneReached(phone):
                self._reachable.add(phone)
            case PhoneLost(phone):
                self._reachable.discard(phone)

    def take(self, agents: Mapping[AgentId, AgentSettings]) -> None:
        """Go by another configuration; who is in it no longer is signed out, at the end of their
        call if they are on one."""
        for agent in [agent for agent in self._phone_of if agent not in agents]:
            self._append(AgentSignedOut(agent, CONFIGURATION))
        self._agents = agents

    def snapshot(self) -> dict[str, Any]:
        """JSON values. Legs on phones are not in it: they occupy their phones again."""
        return {"phones": dict(self._phone_of), "reachable": sorted(self._reachable)}

    def restore(self, data: Mapping[str, Any]) -> None:
        """Take over a snapshot; who or what is configured no longer is left out."""
        for agent, phone in data["phones"].items():
            if agent in self._agents and phone in self._phones:
                self._phone_of[agent], self._agent_at[phone] = phone, agent
        self._reachable = {phone for phone in data["reachable"] if phone in self._phones}

    @property
    def reachable(self) -> frozenset[PhoneId]:
        return frozenset(self._reachable)

    def agent_at(self, phone: PhoneId) -> AgentId | None:
        return self._agent_at.get(phone)

    def phone_of(self, agent: AgentId) -> PhoneId | None:
        return self._phone_of.get(agent)

    def tier_of(self, agent: AgentId) -> int:
        """The highest one for who is configured no longer."""
        settings = self._agents.get(agent)
        return 3 if settings is None else settings.tier

    def name_of(self, agent: AgentId) -> str:
        """What colleagues read; the id for who has no name."""
        settings = self._agents.get(agent)
        return (settings.name if settings else "") or agent

    def permissions(self, phone: PhoneId) -> str:
        """The class of numbers that it may dial."""
        settings = self._phones.get(phone)
        return settings.permissions if settings else ""

    def party_at(self, phone: PhoneId) -> Party:
        """Whom a colleague's phone shows when this one answers."""
        settings = self._phones.get(phone)
        return Party(phone, settings.display if settings else "")

    # Registrations

    def phone_reached(self, phone: PhoneId) -> None:
        """It registered; its default agent is signed in unless somebody sits there already."""
        if phone not in self._phones or phone in self._reachable:
            return
        self._append(PhoneReached(phone))
        settings = self._phones[phone]
        default = settings.agent if settings.number is None else None  # nobody's night is disturbed
        if default is not None and phone not in self._agent_at:
            agent = AgentId(default)
            if agent not in self._phone_of:
                self._append(AgentSignedIn(agent, phone))

    def phone_lost(self, phone: PhoneId, reason: str) -> None:
        if phone in self._reachable:
            self._append(PhoneLost(phone, reason))

    # Legs on phones

    def is_busy(self, phone: PhoneId) -> bool:
        return self._in_use[phone] > 0

    def leg_begins(self, phone: PhoneId) -> None:
        self._in_use[phone] += 1

    def leg_ends(self, phone: PhoneId) -> None:
        self._in_use[phone] -= 1
        if self._in_use[phone] <= 0:
            del self._in_use[phone]

    # What agents ask for, by keypad, API or page

    def default_agent(self, phone: PhoneId) -> AgentId | None:
        settings = self._phones.get(phone)
        return AgentId(settings.agent) if settings and settings.agent else None

    def sign_in(self, agent: AgentId, phone: PhoneId) -> None:
        if agent not in self._agents:
            raise Refused(f"there is no agent {agent}")
        if phone not in self._phones:
            raise Refused(f"there is no phone {phone}")
        self._append(AgentSignedIn(agent, phone))

    def sign_out(self, agent: AgentId, by: str = "") -> None:
        """`by`: the supervisor who does it; here and below "" is the agent."""
        self._append(AgentSignedOut(self._signed_in(agent), by))

    def make_available(self, agent: AgentId, by: str = "") -> None:
        self._append(AgentMadeAvailable(self._signed_in(agent), by))

    def make_not_available(self, agent: AgentId, reason: str = "", by: str = "") -> None:
        if reason and reason not in self._reasons:
            raise Refused(f"there is no reason {reason}; there are {', '.join(self._reasons)}")
        self._append(AgentMadeNotAvailable(self._signed_in(agent), reason, by))

    def extend_wrap_up(self, agent: AgentId, by_s: float) -> None:
        self._append(WrapUpExtended(self._signed_in(agent), by_s))

    def end_wrap_up(self, agent: AgentId) -> None:
        self._append(WrapUpEnded(self._signed_in(agent)))

    def is_pin(self, agent: AgentId, pin: str) -> bool:
        """Whether the PIN is the agent's. Slow on purpose (argon2): call it in a thread."""
        settings = self._agents.get(agent)
        digest = settings.pin if settings else ""
        try:
            return PasswordHasher().verify(digest or _nobodys_pin(), pin) and bool(digest)
        except (VerificationError, InvalidHashError):
            return False

    def _signed_in(self, agent: AgentId) -> AgentId:
        if agent not in self._agents:
            raise Refused(f"there is no agent {agent}")
        if agent not in self._phone_of:
            raise Refused(f"agent {agent} is not signed in")
        return agent

    def _stand_up(self, agent: AgentId) -> None:
        phone = self._phone_of.pop(agent, None)
        if phone is not None and self._agent_at.get(phone) == agent:
            del self._agent_at[phone]


@cache
def _nobodys_pin() -> str:
    """Verified for unknown agents, so that an attempt costs the same whether the id exists."""
    return PasswordHasher().hash("nobody")
