"""What operators can set about phones, trunks, numbers and calls. Only `config` reads it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final, Literal, TypeAlias

from annotated_types import Ge, Gt, Le

from acd.settings import AgentProfile, Key, QueueSettings
from calls.opening_settings import CallBackSettings, OpeningHours
from calls.secure_settings import SecureEntrySettings
from sip.grammar import is_token

Redirect = Literal["follow", "refuse"]

MissedCalls = Literal["unless_answered", "always", "never"]

TurnedAway = Literal["closed", "full", "nobody", "expected_wait", "timeout"]

TURNED_AWAY_CLOSED: Final[TurnedAway] = "closed"

QUEUE_CLOSED: Final = "queue_closed"
"""The prompt that ships for this."""

SHOWN_FIELDS: Final = ("queue", "name", "number", "caller", "dialled", "call", "spoke")
"""What a text that phones show may name in braces."""

Seconds = Annotated[float, Gt(0)]
Port = Annotated[int, Ge(1), Le(65535)]
SrtpPolicy = Literal["required", "preferred", "off"]
SrtpKeys = Literal["sdes", "dtls"]
KeyWay = Literal["auto", "info"]

TARGET_KINDS: Final = ("flow", "queue", "phone", "trunk", "feature")

AutoAnswer: TypeAlias = Literal["never", "call_info", "alert_info", "answer_mode"]

DIALLED: Final = "dialled"
"""As a number's `phone`: the phone whose name was dialled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhoneSettings:
    """A device that registers, or that sits at a fixed address."""

    ha1: Mapping[str, str] = field(default_factory=dict)
    """Digest per algorithm (MD5, SHA-256, SHA-512-256), as `sentral phone digest` prints them."""

    contact: str | None = None
    """SIP URI of a phone that never registers."""

    route: tuple[str, ...] = ()
    """SIP URIs of the proxies in front of such a phone, the nearest to us first: its calls go there
    with these as their Route, whatever `contact` says."""

    number: str | None = None
    """A telephone elsewhere, reached through `trunk`: this is dialled there. It never registers,
    so its agent is signed in by API or supervisor; give it an `accept_key` against voicemail."""

    trunk: str | None = None
    """The trunk through which `number` is dialled."""

    agent: str | None = None
    """Who sits here by default: signed in, and available, when the phone registers."""

    permissions: str = "staff"
    """The class that numbers name in `allow`: which numbers this phone may dial."""

    display: str = ""
    """The name that phones show when this one calls."""

    redirect: Redirect = "follow"
    """What becomes of 300, 301 and 302 when it is dialled itself: the call goes on to a number that
    the phone itself may dial, or has failed. A queue's call is never followed."""

    srtp: SrtpPolicy = "preferred"
    """Whether its sound is protected: `required` answers 488 to anything else, `preferred` takes
    what the phone offers and offers it to browsers and over TLS, `off` refuses it."""

    srtp_keys: SrtpKeys = "sdes"
    """How keys are made where we offer and `srtp` is required: in SDP, or by a DTLS handshake.
    Browsers always shake hands."""

    keys: KeyWay = "auto"
    """How keys reach it: `auto` as telephone-event (RFC 4733), or as tones where it agreed to none;
    `info` by SIP INFO (application/dtmf-relay) whatever was agreed, or as `auto` if it refuses."""

    auto_answer: AutoAnswer = "call_info"
    """How a queue with `auto_answer` makes this phone pick up by itself: a Call-Info header with
    answer-after=0, an Alert-Info header with info=alert-autoanswer, Answer-Mode (RFC 5373), or
    never."""

    accept_key: Key | None = None
    """Who picks up here must press this key to have a queue's call, whatever the queue says."""

    picks_up: tuple[str, ...] = ()
    """Permission classes of the phones whose calls this one may take over (Replaces), those that
    ring for a queue included."""

    mailboxes: tuple[str, ...] = ()
    """Voice mailboxes whose messages light its lamp; empty means the one named as the phone."""

    mwi: Literal["subscribed", "unasked"] = "subscribed"
    """Whether it asks for its message lamp (RFC 3842), or is told without asking."""

    watches: tuple[str, ...] = ()
    """Phones whose busy lamps it may have (RFC 4235), besides its own; `*` for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaySettings:
    """One of several places to which a trunk's calls can be sent."""

    uri: str
    """SIP URI; a name is resolved by RFC 3263, so that it may stand for several servers."""

    priority: Annotated[int, Ge(0)] = 1
    """The lowest is tried first; the others only when all of it are away."""

    weight: Annotated[int, Ge(1)] = 1
    """Share of the calls among gateways of one priority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteSettings:
    """A number that matches `dial` (as in the numbering plan) is changed."""

    dial: str
    strip: Annotated[int, Ge(0)] = 0
    """Leading characters taken off."""

    prefix: str = ""
    """Put in front of it after that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationSettings:
    """We register at the carrier, which then sends calls to us."""

    registrar: str
    """SIP URI without a user, e.g. sip:carrier.example. Its host is that of our address there."""

    further: tuple[str, ...] = ()
    """Further registrars, asked in turn when one refuses or is silent. Whichever took the
    registration keeps it until it fails."""

    user: str = ""
    """Of our address of record there; empty means the trunk's `username`."""

    expires_s: Annotated[int, Ge(30)] = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkSettings:
    """A carrier or another exchange. What it sends us is admitted without further proof."""

    addresses: tuple[str, ...] = ()
    """Source IP addresses, or networks such as 192.0.2.0/24, that are this trunk."""

    ha1: Mapping[str, str] = field(default_factory=dict)
    """Digests with which the trunk may prove itself from anywhere, by `username`."""

    username: str = ""
    """Of the trunk at us (`ha1`), and of us at the trunk (`password_env`)."""

    gateway: str | None = None
    """SIP URI to which outgoing calls are sent; None if the trunk only receives."""

    gateways: tuple[GatewaySettings, ...] = ()
    """Several of them, with priorities and weights, beside or instead of `gateway`."""

    registration: RegistrationSettings | None = None
    """Where we register, with `username` and `password_env`; None if the trunk knows us."""

    password_env: str | None = None
    """Environment variable that holds our password at the trunk."""

    max_calls: Annotated[int, Ge(1)] | None = None
    """Calls at once, both ways; above it the trunk hears 486 and a phone 480."""

    calls_per_s: Seconds | None = None
    """New calls to the trunk per second, sustained; a second's worth may come at once."""

    rewrite_called: tuple[RewriteSettings, ...] = ()
    """The number that leaves through the trunk; the first rule that matches counts."""

    rewrite_caller: tuple[RewriteSettings, ...] = ()
    """The caller's number that the trunk is told."""

    dialled_in: tuple[Literal["request", "to", "called_party", "diversion"], ...] = (
        "request",
        "to",
    )
    """Where the number stands that its callers dialled, the first that has one: the Request-URI
    ("request"), To, P-Called-Party-ID, or Diversion and History-Info, whose oldest entry counts. A
    carrier that calls our registered user often leaves it in To alone: [to, request]."""

    diversion: Literal["none", "diversion", "history_info"] = "none"
    """How it reads who passed a call on: Diversion (RFC 5806) or History-Info (RFC 7044)."""

    redirect: Redirect = "follow"
    """What becomes of 300, 301 and 302: calls go on to a number of our plan that the trunk itself
    may dial, or to a host of the trunk's; or they have failed."""

    redirect_hosts: tuple[str, ...] = ()
    """Hosts beside its own gateways and addresses to which it may send our calls on."""

    identity: Literal["from", "asserted"] = "from"
    """Where the trunk reads who calls: From alone, or P-Asserted-Identity too (RFC 3325)."""

    caller: str = ""
    """Our number at the trunk, told whoever calls; empty tells the caller's own."""

    hide_caller: bool = False
    """Asks the trunk not to show any number: Privacy: id, RFC 3323."""

    probe_s: Seconds | None = 30.0
    """Seconds between OPTIONS to each gateway; None never asks."""

    probe_down_after: Annotated[int, Ge(1)] = 2
    """Failures in a row (silence, 503) that make a gateway count as away."""

    probe_up_after: Annotated[int, Ge(1)] = 1
    """Answers in a row that make it count as there again."""

    srtp: SrtpPolicy = "preferred"
    """Whether its sound is protected: `required` answers 488 to anything else, `preferred` takes
    what the trunk offers and offers it over TLS, `off` refuses it."""

    srtp_keys: SrtpKeys = "sdes"
    """How keys are made where we offer and `srtp` is required: in SDP, or by a DTLS handshake."""

    keys: KeyWay = "auto"
    """How keys reach it: `auto` as telephone-event (RFC 4733), or as tones where it agreed to none;
    `info` by SIP INFO (application/dtmf-relay) whatever was agreed, or as `auto` if it refuses."""

    transfer: Literal["bridge", "refer"] = "bridge"
    """A caller from this trunk who is passed on to a number out through it: two lines bridged
    here, or REFER (RFC 3515), with which the carrier joins both itself; bridged if it refuses."""

    latch: str | None = None
    """Media source policy: "strict", "nat" or "learn"; None takes the media room's default."""

    @property
    def all_gateways(self) -> tuple[GatewaySettings, ...]:
        single = (GatewaySettings(uri=self.gateway),) if self.gateway else ()
        return (*single, *self.gateways)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberSettings:
    """Where a dialled number leads. The first entry that matches wins; exactly one target is set.

    In `dial`, X is a digit, Z 1-9, N 2-9, [2-5] one of a set, and a final "." one or more of
    anything; everything else stands for itself.
    """

    dial: str
    """What is dialled: a number, or a pattern of X, Z, N, [sets] and a final "."."""
    allow: tuple[str, ...] = ()
    """Trunks and phone classes that may dial it; empty for everybody."""
    flow: str | None = None
    """The flow that answers."""
    queue: str | None = None
    """The queue where the caller waits at once."""
    phone: str | None = None
    """The phone that rings; `dialled` is the one whose name was dialled."""
    trunk: str | None = None
    """The trunk through which the number goes out."""
    feature: str | None = None
    """What the dialling phone's agent wants: sign_in, not_available, extend_wrap_up, end_wrap_up,
    sign_out; or a supervisor: listen, whisper, barge, at the agent or phone whose number follows
    the code, which `strip` takes off; or close_queue, open_queue; or voicemail, the messages of
    the phone's mailboxes."""
    about: str = ""
    """The queue that close_queue and open_queue are for."""
    strip: Annotated[int, Ge(0)] = 0
    """Leading digits taken off before the number goes out through a trunk, or to a feature."""
    prefix: str = ""
    """Put in front of it after that."""

    def __post_init__(self) -> None:
        given = [kind for kind in TARGET_KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            said = " and ".join(given) or "none"
            raise ValueError(f"give exactly one of {', '.join(TARGET_KINDS)}; this has {said}")

    @property
    def target(self) -> tuple[str, str]:
        """(kind, name), e.g. ("flow", "main")."""
        kind = next(kind for kind in TARGET_KINDS if getattr(self, kind) is not None)
        return kind, getattr(self, kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencySettings:
    """Numbers that every phone may always dial, whatever its permissions."""

    numbers: tuple[str, ...] = ()
    """As dialled, e.g. "112"."""
    trunk: str | None = None
    """Where they go out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSettings(AgentProfile):
    """A person: what they can do (`AgentProfile`), and how they sign in at a phone."""

    name: str = ""
    """What colleagues and supervisors read."""
    pin: str = ""
    """Argon2 digest of the PIN, as `sentral agent pin` prints it; empty forbids keypad sign-in."""
    shift: str = ""
    """One of `shifts`: when they should work; empty: nobody expects them, but on dated shifts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationSettings:
    """What a phone shows of the call that rings at it.

    Texts may name {queue} (its label), {name} and {number} of the caller, {caller} (the name, else
    the number), {dialled}, {call} and {spoke} (colleagues who have spoken with them already).
    """

    display: str = "{queue} · {caller}"
    """From's name, for calls out of a queue."""

    escalated_display: str = "{queue} · {caller} · {spoke}"
    """The same for callers whom a colleague sent up a tier."""

    direct_display: str = "{caller}"
    """From's name, for calls that dialled the phone itself."""

    caller_in: Literal["from", "asserted", "both"] = "from"
    """Where phones read the number of a queue's caller: From, or P-Asserted-Identity while From
    names the queue, or both."""

    alert_info: str = ""
    """Alert-Info, e.g. <http://127.0.0.1/>;info=sales: how the phone rings; empty sends none."""

    call_header: str = "X-Sentral-Call"
    """Header that carries the call's id; empty sends none."""

    queue_header: str = "X-Sentral-Queue"
    """Header that carries the queue's name; empty sends none."""

    spoke_header: str = "X-Sentral-Spoke"
    """Header that names the colleagues who spoke with the caller and sent them up; empty: none."""

    collected: tuple[str, ...] = ()
    """Variables of the caller's flow that agents' phones are told, so that nobody asks again; what
    `secure` takes in never is."""

    collected_header: str = "X-Sentral-Collected"
    """Header that carries them, as name=value with ; between and percent signs as in a URL."""

    updates: bool = True
    """Whether phones are told whom they talk with after a transfer or a pick-up."""

    missed_calls: MissedCalls = "unless_answered"
    """Which calls that stopped ringing a phone lists as missed: all but those that somebody else
    answered, all, or none."""

    def __post_init__(self) -> None:
        for text in (
            self.display,
            self.escalated_display,
            self.direct_display,
            self.alert_info,
        ):
            check_shown(text)
        for name in (
            self.call_header,
            self.queue_header,
            self.spoke_header,
            self.collected_header,
        ):
            if name and not is_token(name):
                raise ValueError(f"'{name}' cannot be a header's name")


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQueueSettings(QueueSettings):
    """How a queue serves its callers, and what agents' phones show of its calls."""

    escalates_to: str | None = None
    """Queue to which agents send callers up whom they cannot help; none: the next tier here."""

    hours: OpeningHours | None = None
    """When it is open; none: always, unless somebody closes it."""

    label: str = ""
    """What people read; empty means the queue's name."""

    turned_away: Mapping[TurnedAway, str] = field(
        default_factory=lambda: {TURNED_AWAY_CLOSED: QUEUE_CLOSED}
    )
    """Prompts for callers who came without a flow and are turned away: by reason (closed, full,
    nobody, expected_wait, timeout). Who is not answered yet hears them as early media, for nothing,
    and is refused after that; a prompt that nobody recorded is left out."""

    display: str | None = None
    """From's name at agents' phones; none takes `calls.presentation.display`."""

    alert_info: str | None = None
    """How agents' phones ring; none takes `calls.presentation.alert_info`."""

    missed_calls: MissedCalls | None = None
    """Which calls phones list as missed; none takes `calls.presentation.missed_calls`."""

    def __post_init__(self) -> None:
        QueueSettings.__post_init__(self)
        for text in (self.display, self.alert_info):
            check_shown(text or "")


def check_shown(text: str) -> None:
    """Raises ValueError: it names what phones cannot show, or breaks the header it stands in."""
    if not text.isprintable():
        raise ValueError("a text that phones show has no line breaks")
    try:
        text.format_map(dict.fromkeys(SHOWN_FIELDS, ""))
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        known = ", ".join(f"{{{field}}}" for field in SHOWN_FIELDS)
        raise ValueError(f"'{text}' may name {known} only") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsSettings:
    callback: CallBackSettings = field(default_factory=CallBackSettings)
    """How customers are called back."""

    presentation: PresentationSettings = PresentationSettings()
    """What phones show of calls."""

    secure_entry: SecureEntrySettings = field(default_factory=SecureEntrySettings)
    """How callers type card digits while an agent speaks with them."""

    max_calls: Annotated[int, Ge(1)] = 2000
    """Calls at once; above it the whole server answers 503 with Retry-After."""

    ring_phone_s: Seconds = 60.0
    """How long a directly dialled phone or trunk may ring."""

    provisional_s: Seconds = 3.0
    """A phone that sends nothing at all for this long counts as unreachable. Its own 100 is a sign
    of life; a 100 that comes by way of a proxy (Route, Path) is not."""

    early_media: Literal["needed", "always"] = "needed"
    """How callers who are not answered yet hear ringing: by their own phone (180), with 183 only
    for sound of the other side's; or always as our ringback (183)."""

    early_media_wait_s: Seconds = 0.3
    """A phone or trunk that promised early sound and sends none is taken to be ringing after this
    time."""

    hang_up_s: Seconds = 5.0
    """Time limit of what a flow may still do after the caller hung up."""

    music: str = "music"
    """Sound heard on hold, and in queues that name none."""

    rendered_prompts: str = "var/prompts"
    """Folder of the prompts that nobody recorded, as `sentral prompts render` speaks them."""

    speech_engine: str = "any"
    """Who speaks prompts that nobody recorded: espeak-ng as the `wheel`, the `program` or `any`, or
    an engine that is plugged in, such as `piper` or `http`."""

    speech_workers: Annotated[int, Ge(1), Le(16)] = 1
    """Processes that speak a flow's texts (`{text: …}`) while callers listen; a text waits when all
    are busy."""

    spoken_kept: Annotated[int, Ge(1), Le(1_000_000)] = 1000
    """How many of those texts are kept as sounds, those used last; they stand in the folder
    `spoken` of `rendered_prompts` and may say personal things."""

    party_key_file: str = "var/party.key"
    """Secret that makes callers' surrogates; made at the first start, mode 600. Who loses it
    cannot tell old callers from new ones."""

    supervisors: tuple[str, ...] = ("supervisor",)
    """Classes of phones (their `permissions`) that may listen, whisper and barge."""

    not_available_reasons: tuple[str, ...] = ("break", "lunch", "meeting", "training")
    """What `*711`, `*712` … stand for, and all that the API takes; `*71` alone gives no reason."""

    resume_s: Seconds | None = 60.0
    """Who hung up while waiting and calls again within this time has the old place; None: nobody.
    Callers who withhold their number have not."""

    escalation_code: str = ""
    """Keys by which an agent sends the caller up a tier during a conversation, e.g. *3."""

    wrap_up_extension_s: Seconds = 60.0
    """By how much `*74` extends wrap-up, within the queue's `wrap_up_max_s`."""
