"""Offer and answer for one audio stream: RFC 3264. No sockets, no clock.

A `Negotiation` is one leg's half of the exchange for as long as the leg lives. It owns what
must stay true across re-offers: the o= line whose version moves only with the body, the
number and order of m= lines (§8), and which payload type means which codec (§8.3.2).
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from media.errors import NotAcceptable
from media.sdp.codecs import (
    CODECS,
    NOISE,
    TELEPHONE_EVENT,
    OpusWishes,
    codec_of,
    opus_wishes,
)
from media.sdp.format import format_session
from media.sdp.heard import Heard, heard_besides
from media.sdp.parser import parse_session
from media.sdp.protection import (
    OFFERED_PROTOCOL,
    LocalProtection,
    Protected,
    media_attributes,
    offer_attributes,
    session_attributes,
    settle,
)
from media.sdp.session import (
    Attributes,
    Direction,
    Format,
    Media,
    Origin,
    Session,
    is_unspecified,
    numeric_address,
)

EVENTS: Final = "0-16"
"""The keys and the hook flash, RFC 4733 §3.2."""
EVENT_PAYLOAD_TYPE: Final = 101
"""What we offer, as nearly everybody does; in an answer the offerer's number is used, §6.1."""

PTIMES_MS: Final = (10, 20, 30, 40, 60)
OPUS_PTIMES_MS: Final = (10, 20, 40, 60)
"""Frames of Opus, RFC 6716 §2.1.4. All in a packet have one length (§3.2): 30 ms would be three of
10, which cost more than the longer packet saves, and a peer takes any length, RFC 7587 §7."""
LONGEST_MS: Final = 120
"""Sound in one packet that a peer takes which names no `maxptime`."""
NO_WISHES: Final = OpusWishes()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalStream:
    """Our end of the stream, which does not change while the leg lives."""

    address: str
    """IP address where we want the sound sent."""
    port: int
    codecs: tuple[str, ...]
    """Names in `CODECS`, best first."""
    ptime_ms: int = 20
    comfort_noise: bool = True
    """Whether comfort noise may be agreed to."""
    offers_noise: bool = False
    """Whether it is in our own offers: of no use where a call's other side does not take it."""

    def snapshot(self) -> dict[str, Any]:
        """JSON values, by the names of the fields."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return values | {"codecs": list(self.codecs)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What both sides settled on."""

    codec: str
    payload_type: int
    """Number that the peer expects in what we send."""
    dtmf_payload_type: int | None
    """Number of telephone-event in what we send; None if the peer cannot do it."""
    address: str | None
    """Where the peer wants its sound; None if it gave no usable IP address (or 0.0.0.0)."""
    port: int
    rtcp_port: int | None
    """None for the port after `port`."""
    ptime_ms: int
    peer: Direction
    """As the peer sees it: whether it sends and receives."""
    protected: Protected = field(default_factory=Protected)
    """How both sides protect it, and what else they agreed on about its ways."""
    dtmf_clock_hz: int = 8000
    """What durations of telephone-events count."""
    noise_payload_type: int | None = None
    """Number of comfort noise (RFC 3389); None if the peer does not take it."""
    maxptime_ms: int = LONGEST_MS
    opus: OpusWishes = NO_WISHES
    """What the peer wants of Opus, if that is the codec."""
    silence_suppressed: bool = False
    """The peer says that it sends nothing while nobody speaks, RFC 3108 §5.6.3.2."""
    heard: tuple[Heard, ...] = ()
    """What the peer may send under other numbers than those above."""

    @property
    def sent(self) -> tuple[Heard, ...]:
        """The numbers above, with what they mean."""
        numbered = (
            (self.payload_type, self.codec, CODECS[self.codec].clock_hz),
            (self.dtmf_payload_type, TELEPHONE_EVENT, self.dtmf_clock_hz),
            (self.noise_payload_type, NOISE.name, NOISE.clock_hz),
        )
        return tuple(Heard(n, name, clock_hz) for n, name, clock_hz in numbered if n is not None)

    @property
    def sends(self) -> bool:
        """Whether we may send."""
        return self.peer.receives

    @property
    def receives(self) -> bool:
        """Whether the peer may send to us."""
        return self.peer.sends

    @property
    def held(self) -> bool:
        """Whether the peer does not want to hear us."""
        return not self.peer.receives

    @property
    def sound_expected(self) -> bool:
        """Whether silence on the wire means trouble: never on hold, or on a one-way stream."""
        return self.peer is Direction.SENDRECV and not self.silence_suppressed


class Negotiation:
    """One leg's offers and answers. A refused body leaves everything as it was."""

    def __init__(
        self,
        local: LocalStream,
        *,
        session_id: int,
        protection: LocalProtection | None = None,
    ) -> None:
        self.agreement: Agreement | None = None
        self._local = local
        self._protection = protection or LocalProtection()
        self._session_id = session_id
        self._version = 0
        self._last: Session | None = None  # what we sent last, offer or answer
        self._body = b""  # the same as it was sent
        self._known: dict[int, tuple[str, int, int]] = {}  # payload types used so far, either side

    def offer(self) -> bytes:
        """An offer of everything we can do, of the first kind or again; never of less than that.

        A re-offer asks for both directions: if the peer holds us, its answer says so again.
        """
        audio = self._audio_offer()
        if self._last is None:
            return self._send((audio,), "0 0")
        taken = _taken(self._last.media)
        media = tuple(
            audio if index == taken else _refused(line)
            for index, line in enumerate(self._last.media)
        )
        return self._send(media, self._last.timing)

    def answer(self, body: bytes) -> bytes:
        """Take an offer and say what we make of it: the first audio we can speak, nothing else.

        Raises:
            NotAcceptable: no audio in it that we can speak; `MalformedSession` if it is no SDP.
        """
        offer = parse_session(body)
        problem = ""
        for index, line in enumerate(offer.media):
            payloads = line.payloads()
            try:
                agreement, events = self._settle(offer, line, payloads, self._local.codecs)
            except NotAcceptable as error:
                problem = error.problem if line.kind == "audio" or not problem else problem
                continue
            self._learn(payloads)
            accepted = self._audio_answer(line, agreement, events)
            self.agreement = self._with_heard(agreement, accepted, line)
            return self._send(
                tuple(
                    accepted if other == index else _refused(refused)
                    for other, refused in enumerate(offer.media)
                ),
                offer.timing,  # must be repeated, §6
            )
        raise NotAcceptable(problem or "no media")

    def accept_answer(self, body: bytes) -> Agreement:
        """Take the answer to our last offer; the same answer may come twice (183, then 200).

        Raises:
            NotAcceptable: it refuses the sound, or agrees to a codec that was not offered.
        """
        assert self._last is not None, "an answer without an offer"
        answer = parse_session(body)
        index = _taken(self._last.media)
        if len(answer.media) <= index:
            raise NotAcceptable("the answer has fewer media than the offer")
        line = answer.media[index]
        listed = self._last.media[index].payloads()
        offered = {codec_of(payload, CODECS) for payload in listed}
        ours = self._last.media[index]
        payloads = line.payloads()
        agreement, _ = self._settle(answer, line, payloads, offered, ours)
        self._learn(payloads)
        self.agreement = self._with_heard(agreement, ours, line)
        return self.agreement

    def snapshot(self) -> dict[str, Any]:
        """JSON values from which `restore` goes on."""
        return {
            "session_id": self._session_id,
            "version": self._version,
            "last": None if self._last is None else self._body.decode(),
            "known": [[number, *key] for number, key in sorted(self._known.items())],
            "agreement": None if self.agreement is None else _agreement_json(self.agreement),
        }

    @classmethod
    def restore(
        cls,
        local: LocalStream,
        data: Mapping[str, Any],
        protection: LocalProtection | None = None,
    ) -> "Negotiation":
        negotiation = cls(local, session_id=data["session_id"], protection=protection)
        negotiation._version = data["version"]
        if data["last"] is not None:
            negotiation._body = data["last"].encode()
            negotiation._last = parse_session(negotiation._body)
        negotiation._known = {n: (name, clock, ch) for n, name, clock, ch in data["known"]}
        if data["agreement"] is not None:
            negotiation.agreement = _agreement(data["agreement"])
        return negotiation

    def _settle(
        self,
        session: Session,
        line: Media,
        payloads: Sequence[Format],
        codecs: Container[str | None],
        offered: Media | None = None,
    ) -> tuple[Agreement, Format | None]:
        """What this m= line of the peer's, of these payloads, comes to, and its telephone-event if
        it has one."""
        if line.kind != "audio":
            raise NotAcceptable(f"no audio, but {line.kind}")
        if line.port == 0:
            raise NotAcceptable("audio is switched off")
        before = self.agreement.protected if self.agreement is not None else None
        protected = settle(session, line, self._protection, offered=offered, before=before)
        by_ice = protected.peer_ufrag is not None
        codec = next((p for p in payloads if codec_of(p, codecs)), None)
        name = codec_of(codec, codecs) if codec else None
        if codec is None or name is None:
            raise NotAcceptable("no codec in common")
        events = _events(payloads, CODECS[name].clock_hz)
        noise = [p for p in payloads if p.key == NOISE.key and self._local.comfort_noise]
        return (
            Agreement(
                codec=name,
                payload_type=codec.payload_type,
                dtmf_payload_type=events.payload_type if events else None,
                dtmf_clock_hz=events.clock_hz if events else 8000,
                noise_payload_type=noise[0].payload_type
                if noise and CODECS[name].clock_hz == 8000
                else None,
                maxptime_ms=max(line.milliseconds("maxptime") or LONGEST_MS, PTIMES_MS[0]),
                opus=opus_wishes(codec.parameters) if name == "OPUS" else NO_WISHES,
                address=self._address(session.connection_of(line), by_ice=by_ice),
                port=line.port,
                rtcp_port=line.rtcp_port(),
                ptime_ms=self._ptime_ms(line, name),
                peer=session.direction_of(line, by_ice=by_ice),
                protected=protected,
                silence_suppressed=(line.value("silenceSupp") or "").strip().startswith("on"),
            ),
            events,
        )

    def _with_heard(self, agreement: Agreement, ours: Media, theirs: Media) -> Agreement:
        old = self.agreement
        before = () if old is None else (*old.heard, *old.sent)
        heard = heard_besides(
            agreement.sent, before, ours=ours, theirs=theirs, codec=agreement.codec
        )
        return replace(agreement, heard=heard)

    def _address(self, address: str | None, *, by_ice: bool) -> str | None:
        """An address that sound may be sent to; None if there is none to use.

        A name is not looked up (nothing here may wait): its sound goes where the latch says.
        """
        if address is None or is_unspecified(address):
            return None
        parsed = numeric_address(address)
        if parsed is None:
            return None
        if parsed.is_multicast or str(parsed) == "255.255.255.255":
            raise NotAcceptable(f"sound to {address}, which is no single host")
        local = numeric_address(self._local.address)
        if local is not None and parsed.version != local.version:
            if by_ice:
                return None
            raise NotAcceptable(f"sound to {address}, which our network does not reach")
        return str(parsed)

    def _ptime_ms(self, line: Media, codec: str) -> int:
        """Sound per packet that the peer wants, as far as we can do that, RFC 8866 §6.4."""
        possible = OPUS_PTIMES_MS if codec == "OPUS" else PTIMES_MS
        most = line.milliseconds("maxptime") or possible[-1]
        wanted = min(line.milliseconds("ptime") or self._local.ptime_ms, most)
        return max((ptime for ptime in possible if ptime <= wanted), default=possible[0])

    def _learn(self, payloads: Sequence[Format]) -> None:
        for payload in payloads:
            self._known[payload.payload_type] = payload.key

    def _numbered(self, wanted: Format) -> Format:
        """This codec under the payload type it has had in this session, else under a free one."""
        for number, key in self._known.items():
            if key == wanted.key:
                return replace(wanted, payload_type=number)
        numbers = (wanted.payload_type, *range(96, 128))
        free = (number for number in numbers if number not in self._known)
        number = next(free, wanted.payload_type)  # a peer may use up all of them
        self._known[number] = wanted.key
        return replace(wanted, payload_type=number)

    def _audio_offer(self) -> Media:
        names = list(self._local.codecs)
        protocol = OFFERED_PROTOCOL[self._protection.offer]
        if self.agreement is not None and self._last is not None:
            in_use = self.agreement.codec
            names.sort(key=lambda name: name != in_use)  # first, so that it stays in use
            protocol = self._last.media[_taken(self._last.media)].protocol
        spoken = [CODECS[name].clock_hz for name in names]
        clocks = dict.fromkeys([8000, *spoken])
        events = [
            Format(EVENT_PAYLOAD_TYPE, "telephone-event", clock_hz, 1, EVENTS)
            for clock_hz in clocks
        ]
        noise = [NOISE] if 8000 in spoken and self._offers_noise else []
        wanted = (*(CODECS[name] for name in names), *noise, *events)
        payloads = [self._numbered(payload) for payload in wanted]
        extra = offer_attributes(self._agreed, self._protection, at=self._at)
        return self._audio(protocol, payloads, Direction.SENDRECV, extra)

    def _audio_answer(self, line: Media, agreement: Agreement, events: Format | None) -> Media:
        payloads = [replace(CODECS[agreement.codec], payload_type=agreement.payload_type)]
        if agreement.noise_payload_type is not None:
            payloads.append(replace(NOISE, payload_type=agreement.noise_payload_type))
        if events is not None:
            payloads.append(replace(events, parameters=EVENTS))
        extra = media_attributes(agreement.protected, self._protection, at=self._at)
        return self._audio(line.protocol, payloads, agreement.peer.reversed(), extra)

    @property
    def _offers_noise(self) -> bool:
        """Once it is agreed on, a re-offer must not lack it."""
        agreed = self.agreement is not None and self.agreement.noise_payload_type is not None
        return self._local.comfort_noise and (agreed or self._local.offers_noise)

    @property
    def _agreed(self) -> Protected | None:
        return self.agreement.protected if self.agreement is not None else None

    @property
    def _at(self) -> tuple[str, int]:
        return (self._local.address, self._local.port)

    def _audio(
        self, protocol: str, payloads: list[Format], direction: Direction, extra: Attributes
    ) -> Media:
        attributes: list[tuple[str, str | None]] = []
        for payload in payloads:
            attributes.append(("rtpmap", f"{payload.payload_type} {payload.encoding}"))
            if payload.parameters:
                attributes.append(("fmtp", f"{payload.payload_type} {payload.parameters}"))
        attributes += [("ptime", str(self._local.ptime_ms)), (direction.value, None), *extra]
        formats = tuple(str(payload.payload_type) for payload in payloads)
        return Media("audio", self._local.port, protocol, formats, None, tuple(attributes))

    def _send(self, media: tuple[Media, ...], timing: str) -> bytes:
        """The body of these lines; its version moves only if it says something new, RFC 3264 §8."""
        session = Session(
            origin=Origin(self._session_id, self._version, self._local.address),
            media=media,
            connection=self._local.address,
            timing=timing,
            attributes=session_attributes(self._agreed, self._protection),
        )
        if session != self._last:
            if self._last is not None:
                self._version += 1
            session = replace(session, origin=replace(session.origin, version=self._version))
            self._last, self._body = session, format_session(session)
        return self._body


def _events(payloads: Sequence[Format], clock_hz: int) -> Format | None:
    """The peer's telephone-event: of the codec's own clock (RFC 4733 §2.1), else of 8000 Hz, which
    phones with Opus mean when they name nothing else."""
    clocks = {clock_hz, 8000}
    known = [p for p in payloads if p.name.upper() == TELEPHONE_EVENT and p.clock_hz in clocks]
    return min(known, key=lambda p: p.clock_hz != clock_hz, default=None)


def _taken(media: tuple[Media, ...]) -> int:
    """Which of our own m= lines is the stream in use."""
    return next(index for index, line in enumerate(media) if line.port != 0)


def _refused(line: Media) -> Media:
    """An m= line that says no in its place, RFC 3264 §6: port 0, at least one format."""
    mid = tuple((name, value) for name, value in line.attributes if name == "mid")
    return Media(line.kind, 0, line.protocol, line.formats or ("0",), None, mid)


def _agreement_json(agreement: Agreement) -> dict[str, Any]:
    names = Agreement.__dataclass_fields__
    values = {name: getattr(agreement, name) for name in names}
    told = {
        "peer": agreement.peer.value,
        "opus": agreement.opus.as_json(),
        "protected": agreement.protected.to_json(),
    }
    return values | told


def _agreement(data: Mapping[str, Any]) -> Agreement:
    """What `_agreement_json` made, of this version or of one that could do less."""
    return Agreement(
        **{
            **data,
            "peer": Direction(data["peer"]),
            "opus": OpusWishes(**data.get("opus", {})),
            "heard": tuple(Heard(*entry) for entry in data.get("heard", ())),
            "protected": Protected.from_json(data["protected"])
            if "protected" in data
            else Protected(),
        }
    )
