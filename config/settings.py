"""The configuration file as one type, composed of what each room declares in its `settings.py`.

Rooms never import this package: `sentral` reads the file once, at start, and hands each room
its part.
"""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Final

from annotated_types import MinLen
from pydantic import BaseModel, ConfigDict, Field

from calls.mailboxes import mailboxes_at
from calls.recording.settings import RecordingSettings
from calls.schedule_settings import DatedShift, ShiftSettings
from calls.settings import (
    AgentSettings,
    CallQueueSettings,
    CallsSettings,
    EmergencySettings,
    NumberSettings,
    PhoneSettings,
    TrunkSettings,
)
from calls.voicemail.settings import MailboxSettings, MailSettings
from events.ids import PhoneId
from ivr.names import LanguageTag
from media.settings import MediaSettings, RecognitionSettings
from records.settings import LookupSettings, StoreSettings
from sip.settings import SipSettings
from telemetry.settings import TelemetrySettings
from web.settings import WebSettings

SAMPLES: Final = ("demo", "bench", "production")


class Settings(BaseModel):
    """Everything an operator can set. Immutable: a reload makes a new one."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)

    sip: SipSettings = SipSettings()
    media: MediaSettings = MediaSettings()
    recognition: RecognitionSettings = RecognitionSettings()
    calls: CallsSettings = CallsSettings()
    recording: RecordingSettings = RecordingSettings()
    web: WebSettings = WebSettings()
    store: StoreSettings = StoreSettings()
    telemetry: TelemetrySettings = TelemetrySettings()

    queues: Mapping[str, CallQueueSettings] = Field(default={})
    agents: Mapping[str, AgentSettings] = Field(default={})
    """By id: digits, because agents type it at a phone."""
    shifts: Mapping[str, ShiftSettings] = Field(default={})
    """By the name that agents' `shift` gives."""
    dated_shifts: tuple[DatedShift, ...] = ()
    """Days that differ from agents' shifts."""
    phones: Mapping[str, PhoneSettings] = Field(default={})
    """By the user part under which they register."""
    trunks: Mapping[str, TrunkSettings] = Field(default={})
    numbers: tuple[NumberSettings, ...] = ()
    """The numbering plan; the first entry that matches wins."""
    emergency: EmergencySettings = EmergencySettings()
    mailboxes: Mapping[str, MailboxSettings] = Field(default={})
    """Voice mailboxes; a phone's own needs no entry."""
    mail: MailSettings | None = None
    """The server that sends voice messages by e-mail."""

    databases: Mapping[str, LookupSettings] = Field(default={})
    """Other people's databases that flows may ask by `kind: data`."""

    languages: Annotated[tuple[LanguageTag, ...], MinLen(1)] = (LanguageTag("en"),)
    """Languages of prompts; callers hear the first until a flow chooses."""
    flows: Path | None = None
    """Folder of flows, relative to this file; None: those that ship with Sentral."""
    prompts: Path | None = None
    """Folder of `<language>.yaml` with what prompts say, and of recordings in
    `<language>/<name>.wav`, relative to this file; None: those that ship with Sentral."""
    customers: Path | None = None
    """CSV with at least a column `number`, relative to this file; None: nobody is known."""
    do_not_call: Path | None = None
    """Numbers that are never called back, one a line, relative to this file; None: none but those
    that the API bars."""
    schedule: Path | None = None
    """CSV of further `dated_shifts`, relative to this file: agent, day, hours, activity, zone."""

    warnings: tuple[str, ...] = Field(default=(), exclude=True)
    """What the loader found odd but usable, one a line; never in a file."""

    def content_hash(self) -> str:
        """The same for the same settings, wherever they were written."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]

    def flow_names(self) -> frozenset[str]:
        """The flows that the numbering plan leads to."""
        return frozenset(number.flow for number in self.numbers if number.flow is not None)

    def mailbox_names(self) -> frozenset[str]:
        """Where messages can be left: the mailboxes written here, and phones' own."""
        phones = self.phones.items()
        at = (each for name, phone in phones for each in mailboxes_at(PhoneId(name), phone))
        return frozenset((*self.mailboxes, *at))

    def flows_folder(self) -> Traversable:
        return self.flows or files("ivr_flows")

    def prompts_folder(self) -> Traversable:
        return self.prompts or files("ivr_flows") / "prompts"


def sample(name: str) -> Path:
    """Where one of `SAMPLES` lies: demo, bench or production.

    Raises:
        ValueError: Sentral was installed in a way that keeps no files, such as inside a zip.
    """
    found = files("config") / f"{name}.yaml"
    if not isinstance(found, Path):
        raise ValueError(f"{found} is not a file on disk; give a configuration of your own")
    return found
