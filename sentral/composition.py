"""The composition root: makes every part and hands each to those who need it. Nothing else does."""

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from acd.distributor import Distributor
from calls.centre import Centre
from calls.customers import Customers
from calls.desk import Desk
from calls.dialler import Dialler
from calls.directory import ConfiguredDirectory
from calls.feed import Feed
from calls.lamps import Lamps
from calls.lines import Lines
from calls.numbers import NumberingPlan
from calls.opening import Opening
from calls.parties import Parties, Remember
from calls.past import Configuration
from calls.presentation import Presentation
from calls.protections import Protections
from calls.recording.recordings import Recordings
from calls.redirections import Redirections
from calls.services import Services
from calls.settings import CallQueueSettings, PhoneSettings
from calls.sounds import SoundBook
from calls.supervision.supervisors import Supervisors
from calls.trunks import Trunks
from config.settings import Settings
from events.ids import AgentId, PhoneId, QueueName, TrunkName
from events.log import EventLog
from ivr.flow import Flows
from ivr.flow_book import FlowBook
from ivr.loader import load_flows
from ivr.world import Outside
from media.service import MediaService
from sentral.entropy import BlockRandom
from sentral.party_key import party_key
from sentral.prompt_book import library_of, names_of
from sip.edges.local_host import bracketed
from sip.edges.sip_leg import SipLeg
from sip.edges.sockets import real_sockets
from sip.edges.transport import TransportFactory
from sip.edges.user_agent import UserAgent
from sip.location import BindingChange, Location
from sip.observer import SipObserver
from sip.settings import SipSettings


@dataclass(frozen=True)
class World:
    """What lies outside of the process; tests in virtual time bring their own.

    Attributes:
        steady: seconds, read once per input; uvloop's own clock is rounded to a millisecond.
        utc: seconds since 1970.
    """

    steady: Callable[[], float] = time.monotonic
    utc: Callable[[], float] = time.time
    rng: random.Random = field(default_factory=BlockRandom)
    transports: TransportFactory = real_sockets


@dataclass(frozen=True)
class Parts:
    """Everything that runs, for whoever starts, stops and watches it."""

    settings: Settings
    log: EventLog
    world: World
    media: MediaService
    user_agent: UserAgent
    distributor: Distributor
    desk: Desk
    trunks: Trunks
    lines: Lines
    centre: Centre
    outside: Outside
    lamps: Lamps


def flows_of(settings: Settings) -> Flows:
    """Raises FlowErrors: every mistake in every flow, missing prompts among them."""
    library = library_of(settings)
    return load_flows(
        settings.flows_folder(),
        prompts=lambda language: names_of(settings, library, language),
        queues=frozenset(settings.queues),
        databases=frozenset(settings.databases),
        music={settings.calls.music, "music"},
        only=settings.flow_names(),
    )


def customers_of(settings: Settings) -> Customers:
    """Raises UnreadableFile."""
    return Customers.read(settings.customers) if settings.customers else Customers.empty()


def configuration_of(settings: Settings) -> Configuration:
    return Configuration(
        queues={QueueName(name): queue for name, queue in settings.queues.items()},
        agents={AgentId(name): agent for name, agent in settings.agents.items()},
        phones={PhoneId(name): phone for name, phone in settings.phones.items()},
    )


def compose(
    settings: Settings,
    *,
    log: EventLog,
    media: MediaService,
    sounds: SoundBook,
    flows: Flows,
    observer: SipObserver,
    remember_party: Remember,
    world: World,
    distributor: Distributor,
    outside: Outside | None = None,
) -> Parts:
    """Make the centre around a log, a media engine and, from `calls.past`, a distributor.

    Raises:
        UnreadableFile, OSError, ValueError: a file that the configuration names cannot be used.
    """
    configuration = configuration_of(settings)
    phones = configuration.phones
    trunks = Trunks({TrunkName(name): trunk for name, trunk in settings.trunks.items()}, world.rng)
    feed = Feed(log, distributor, world.steady)
    desk = Desk(configuration.agents, phones, feed.append, settings.calls.not_available_reasons)
    lines = Lines(desk, trunks, phones, tell_phones=settings.calls.presentation.updates)
    lamps = Lamps(phones, _home(settings.sip))
    user_agent = _user_agent(
        settings, trunks, desk, lamps, observer, world, on_call=lambda leg: centre.on_call(leg)
    )
    outside = outside or Outside()
    plan = NumberingPlan(settings.numbers, settings.emergency)
    silence_s, wanted = settings.calls.provisional_s, Protections(phones, trunks.settings)
    dialler = Dialler(
        user_agent, media, lines, trunks, feed.append, world.steady, silence_s, wanted
    )
    services = Services(
        settings=settings.calls,
        feed=feed,
        desk=desk,
        dialler=dialler,
        presentation=_presentation(settings),
        redirections=Redirections(plan, phones, trunks, _domains(settings.sip)),
        plan=plan,
        sounds=sounds,
        flows=FlowBook(flows),
        customers=customers_of(settings),
        recordings=Recordings(media, settings.recording, feed.append, world.utc),
        supervisors=Supervisors(
            lambda: centre.calls.values(), desk, dialler, media, settings.calls
        ),
        opening=Opening(_queues(settings), feed, world.utc),
        clock=world.steady,
        utc=world.utc,
        default_language=str(settings.languages[0]),
        outside=outside,
    )
    centre = Centre(services, media, trunks, lines, phones, _parties(settings, remember_party))
    running = (user_agent, distributor, desk, trunks, lines, centre, outside, lamps)
    return Parts(settings, log, world, media, *running)


def _user_agent(
    settings: Settings,
    trunks: Trunks,
    desk: Desk,
    lamps: Lamps,
    observer: SipObserver,
    world: World,
    *,
    on_call: Callable[[SipLeg], None],
) -> UserAgent:
    phones = configuration_of(settings).phones
    return UserAgent(
        settings.sip,
        _directory(settings, phones, trunks),
        on_call=on_call,
        on_binding=lambda change: _tell_binding(desk, change),
        observer=observer,
        rng=world.rng,
        transports=world.transports,
        clock=world.steady,
        location=Location(_static_contacts(phones)),
        packages=lamps.packages,
    )


def _parties(settings: Settings, remember: Remember) -> Parties:
    return Parties(party_key(Path(settings.calls.party_key_file)), remember)


def _queues(settings: Settings) -> Mapping[QueueName, CallQueueSettings]:
    return {QueueName(name): queue for name, queue in settings.queues.items()}


def _presentation(settings: Settings) -> Presentation:
    return Presentation(settings.calls.presentation, _queues(settings), domain=_home(settings.sip))


def _home(sip: SipSettings) -> str:
    """The host of our own addresses."""
    nowhere = sip.listen in ("0.0.0.0", "::")
    return sip.domain or sip.public_address or (sip.realm if nowhere else bracketed(sip.listen))


def _tell_binding(desk: Desk, change: BindingChange) -> None:
    if change.reachable:
        desk.phone_reached(PhoneId(change.user))
    else:
        desk.phone_lost(PhoneId(change.user), change.reason)


def _static_contacts(phones: Mapping[PhoneId, PhoneSettings]) -> Mapping[str, str]:
    return {str(name): phone.contact for name, phone in phones.items() if phone.contact}


def _directory(
    settings: Settings, phones: Mapping[PhoneId, PhoneSettings], trunks: Trunks
) -> ConfiguredDirectory:
    return ConfiguredDirectory(settings.sip.realm, _domains(settings.sip), phones, trunks)


def _domains(sip: SipSettings) -> frozenset[str]:
    """The hosts that are ours."""
    met_at = {host for each in sip.listeners for host in (each.listen, each.public_address)}
    ours = {sip.domain, sip.listen, sip.public_address, sip.realm, "localhost"}
    return frozenset((ours | met_at) - {""})
