"""What every call works with: one bundle, made at start by `calls.centre`."""

from collections.abc import Callable
from dataclasses import dataclass, field

from calls.customers import Customers
from calls.desk import Desk
from calls.dialler import Dialler
from calls.do_not_call import DoNotCall
from calls.feed import Feed
from calls.kept_places import KeptPlaces
from calls.numbers import NumberingPlan
from calls.opening import Opening
from calls.presentation import Presentation
from calls.recording.recordings import Recordings
from calls.redirections import Redirections
from calls.schedules import Schedules
from calls.settings import CallsSettings
from calls.sounds import SoundBook
from calls.supervision.supervisors import Supervisors
from calls.voicemail.voicemail import Voicemail
from ivr.flow_book import FlowBook
from ivr.world import Outside
from media.spoken_texts import SpokenTexts


@dataclass(frozen=True)
class Services:
    """`clock` is steady seconds, `utc` seconds since 1970."""

    settings: CallsSettings
    feed: Feed
    desk: Desk
    dialler: Dialler
    plan: NumberingPlan
    presentation: Presentation
    redirections: Redirections
    sounds: SoundBook
    flows: FlowBook
    customers: Customers
    do_not_call: DoNotCall
    recordings: Recordings
    supervisors: Supervisors
    opening: Opening
    schedules: Schedules
    voicemail: Voicemail
    speech: SpokenTexts
    clock: Callable[[], float]
    utc: Callable[[], float]
    default_language: str
    outside: Outside = field(default_factory=Outside)
    places: KeptPlaces = field(default_factory=KeptPlaces)
