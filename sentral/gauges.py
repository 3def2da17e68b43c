"""How things are just now, for metrics: asked at each scrape, counted nowhere twice."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from acd.model import AgentView, QueueView
from acd.settings import QueueSettings
from calls.settings import AgentSettings
from config.settings import Settings
from records.store import Store
from sentral.composition import Parts
from telemetry.face import Gauges, QueueNow, QueueTargets


class TargetsInForce(Mapping[str, QueueTargets]):
    """By queue, as the settings have them that are in force when asked."""

    def __init__(self, settings: Callable[[], Settings]) -> None:
        self._settings = settings

    def __getitem__(self, name: str) -> QueueTargets:
        queue = self._settings().queues[name]
        return QueueTargets(
            service_level_s=queue.service_level_s, short_abandon_s=queue.short_abandon_s
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings().queues)

    def __len__(self) -> int:
        return len(self._settings().queues)


def gauges_of(parts: Callable[[], Parts], store: Store) -> Gauges:
    """`parts` is called at a scrape, when everything has been made."""
    return Gauges(
        calls_active=lambda: _by_direction(parts()),
        queues=lambda: _queues(parts()),
        mailboxes=lambda: _mailboxes(parts()),
        agents=lambda: Counter(agent.state.value for agent in parts().distributor.agents()),
        sip_transactions=lambda: parts().user_agent.transaction_counts(),
        sip_dialogs=lambda: parts().user_agent.dialog_count,
        sip_registrations=lambda: len(parts().user_agent.location),
        trunk_calls_active=lambda: _trunks(parts()),
        rtp_packets=lambda: _packets(parts()),
        rtp_lost=lambda: parts().media.totals().packets_lost,
        speech_starved_s=lambda: parts().media.totals().starved_s,
        rtp_dropped=lambda: _dropped(parts()),
        media_ports=lambda: _ports(parts()),
        store_queue_length=lambda: store.queue_length,
        store_lost=lambda: store.lost,
    )


def _by_direction(parts: Parts) -> Mapping[str, int]:
    return Counter(call.state.direction.value for call in parts.centre.calls.values())


def _queues(parts: Parts) -> Sequence[QueueNow]:
    agents = parts.distributor.agents()
    return [_queue(view, parts, agents) for view in parts.distributor.queues()]


def _queue(view: QueueView, parts: Parts, agents: Sequence[AgentView]) -> QueueNow:
    settings = parts.settings
    queue = settings.queues.get(view.name) or QueueSettings()  # it leaves just now
    states = Counter(
        agent.state.value for agent in agents if _has_skills(settings.agents.get(agent.id), queue)
    )
    return QueueNow(
        name=view.name,
        waiting=view.waiting,
        longest_wait_s=view.longest_wait_s(parts.world.steady()),
        able=view.able,
        agents=states,
    )


def _has_skills(agent: AgentSettings | None, queue: QueueSettings) -> bool:
    return agent is not None and all(
        agent.skills.get(skill, 0) >= level for skill, level in queue.skills.items()
    )


def _mailboxes(parts: Parts) -> Mapping[str, tuple[int, int]]:
    """The configuration's own, and those of phones that ever held a message."""
    book = parts.centre.services.voicemail.book
    used = {message.mailbox for message in book.messages.values()}
    return {name: book.counts(name) for name in sorted({*parts.settings.mailboxes, *used})}


def _trunks(parts: Parts) -> Mapping[str, int]:
    return {name: parts.trunks.calls_active(name) for name in parts.trunks.settings}


def _packets(parts: Parts) -> Mapping[str, int]:
    totals = parts.media.totals()
    return {"in": totals.packets_received, "out": totals.packets_sent}


def _dropped(parts: Parts) -> Mapping[str, int]:
    totals = parts.media.totals()
    return {
        "source": totals.dropped_source,
        "malformed": totals.dropped_malformed,
        "insecure": totals.dropped_insecure,
    }


def _ports(parts: Parts) -> Mapping[str, int]:
    totals = parts.media.totals()
    return {"in_use": totals.ports_in_use, "quarantined": totals.ports_quarantined}
