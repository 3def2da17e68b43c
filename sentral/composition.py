"""The composition root: makes every part and hands each to those who need it. Nothing else does."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from acd.distributor import Distributor
from calls.call import Call
from calls.centre import Centre
from calls.customers import Customers
from calls.desk import Desk
from calls.dialler import Dialler
from calls.do_not_call import DoNotCall
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
from calls.schedules import Schedule, Schedules, schedules_of
from calls.services import Services
from calls.settings import CallQueueSettings, CallsSettings
from calls.sounds import SoundBook
from calls.supervision.supervisors import Supervisors
from calls.trunks import Trunks
from calls.voicemail.voicemail import Voicemail
from config.settings import Settings
from events.ids import AgentId, PhoneId, QueueName, TrunkName
from events.log import EventLog
from ivr.flow import Flows
from ivr.flow_book import FlowBook
from ivr.loader import load_flows
from ivr.world import Outside
from media.service import MediaService
from media.spoken_texts import SpokenTexts
from media.synthesis import Synthesis, Synthesiser
from sentral.front_end import domains, front_end, home
from sentral.party_key import party_key
from sentral.prompt_book import library_of, names_of
from sentral.reach import leads_of
from sentral.world import World
from sip.edges.user_agent import UserAgent
from sip.observer import SipObserver


@dataclass
class Parts:
    """Everything that runs, for whoever starts, stops and watches it."""

    settings: Settings
    """Those in force; `sentral.reloading` puts others in their place."""
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
        mailboxes=settings.mailbox_names(),
        music={settings.calls.music, "music"},
        leads=leads_of(settings),
        agents=settings.agents.keys() or None,
        only=settings.flow_names(),
    )


def customers_of(settings: Settings) -> Customers:
    """Raises UnreadableFile."""
    return Customers.read(settings.customers) if settings.customers else Customers.empty()


def do_not_call_of(settings: Settings) -> DoNotCall:
    """Raises UnreadableFile."""
    rules, path = settings.calls.callback, settings.do_not_call
    return DoNotCall.read(path, rules) if path else DoNotCall((), rules)


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
    synthesis: Synthesiser | None = None,
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
    lamps = Lamps(phones, home(settings.sip), lines.dialogs_at)
    user_agent = front_end(
        settings.sip,
        phones,
        trunks,
        desk,
        lamps.packages,
        observer,
        world,
        on_call=lambda leg: centre.on_call(leg),
    )
    silence_s, wanted = settings.calls.provisional_s, Protections(phones, trunks.settings)
    dialler = Dialler(
        user_agent, media, lines, trunks, feed.append, world.steady, silence_s, wanted
    )
    outside = outside or Outside()
    services = _services(
        settings,
        feed,
        dialler,
        desk,
        trunks,
        sounds=sounds,
        flows=flows,
        media=media,
        world=world,
        outside=outside,
        speech=_speech(settings.calls, media, synthesis),
        calls=lambda: centre.calls.values(),
    )
    centre = Centre(services, media, trunks, lines, phones, _parties(settings, remember_party))
    running = (user_agent, distributor, desk, trunks, lines, centre, outside, lamps)
    return Parts(settings, log, world, media, *running)


def _services(
    settings: Settings,
    feed: Feed,
    dialler: Dialler,
    desk: Desk,
    trunks: Trunks,
    *,
    sounds: SoundBook,
    flows: Flows,
    media: MediaService,
    world: World,
    outside: Outside,
    speech: SpokenTexts,
    calls: Callable[[], Iterable[Call]],
) -> Services:
    """What every call may ask for; `calls` tells those in progress."""
    plan = NumberingPlan(settings.numbers, settings.emergency)
    phones = configuration_of(settings).phones
    return Services(
        settings=settings.calls,
        feed=feed,
        desk=desk,
        dialler=dialler,
        presentation=_presentation(settings),
        redirections=Redirections(plan, phones, trunks, domains(settings.sip)),
        plan=plan,
        sounds=sounds,
        flows=FlowBook(flows),
        customers=customers_of(settings),
        do_not_call=do_not_call_of(settings),
        recordings=Recordings(media, settings.recording, feed.append, world.utc),
        supervisors=Supervisors(calls, desk, dialler, media, settings.calls),
        opening=Opening(queues_of(settings), feed, world.utc),
        schedules=Schedules(schedules_in(settings), feed.append, world.utc),
        voicemail=Voicemail(
            settings.mailboxes, phones, feed.append, world.utc, media, outside.recorded
        ),
        speech=speech,
        clock=world.steady,
        utc=world.utc,
        default_language=str(settings.languages[0]),
        outside=outside,
    )


def _speech(
    settings: CallsSettings, media: MediaService, synthesis: Synthesiser | None
) -> SpokenTexts:
    """Nothing runs for it before a flow has something to say."""
    engine, rate_hz = settings.speech_engine, media.settings.speech_rate_hz
    synthesis = synthesis or Synthesis(
        engine, workers=settings.speech_workers, most_kept=settings.spoken_kept, rate_hz=rate_hz
    )
    folder = Path(settings.rendered_prompts) / "spoken"
    return SpokenTexts(synthesis, media, folder, engine=engine, rate_hz=rate_hz)


def _parties(settings: Settings, remember: Remember) -> Parties:
    return Parties(party_key(Path(settings.calls.party_key_file)), remember)


def queues_of(settings: Settings) -> Mapping[QueueName, CallQueueSettings]:
    return {QueueName(name): queue for name, queue in settings.queues.items()}


def schedules_in(settings: Settings) -> Mapping[AgentId, Schedule]:
    shift_of = {AgentId(name): agent.shift for name, agent in settings.agents.items()}
    return schedules_of(shift_of, settings.shifts, settings.dated_shifts)


def _presentation(settings: Settings) -> Presentation:
    return Presentation(settings.calls.presentation, queues_of(settings), domain=home(settings.sip))
