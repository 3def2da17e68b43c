"""How SDP says that sound is protected: SDES (RFC 4568), DTLS-SRTP (RFC 5763), ICE (RFC 8839).

No randomness and no keys of its own making: what is secret comes in with `LocalProtection`.
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from media.errors import NotAcceptable
from media.sdp.session import Attributes, Media, Session

Policy: TypeAlias = Literal["required", "preferred", "off"]
Offer: TypeAlias = Literal["plain", "best_effort", "sdes", "dtls"]
"""What we offer first: nothing, keys beside RTP/AVP, RTP/SAVP, or what browsers speak."""

SUITES: Final[Mapping[str, int]] = {
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AEAD_AES_256_GCM": 44,
    "AEAD_AES_128_GCM": 28,
}
"""Bytes of master key and salt; in the order in which we offer them, the best known first."""

PLAIN: Final = frozenset({"RTP/AVP", "RTP/AVPF"})
SDES: Final = frozenset({"RTP/SAVP", "RTP/SAVPF"})
DTLS: Final = frozenset({"UDP/TLS/RTP/SAVP", "UDP/TLS/RTP/SAVPF"})
PROTOCOLS: Final = PLAIN | SDES | DTLS
OFFERED_PROTOCOL: Final[Mapping[Offer, str]] = {
    "plain": "RTP/AVP",
    "best_effort": "RTP/AVP",
    "sdes": "RTP/SAVP",
    "dtls": "UDP/TLS/RTP/SAVPF",
}
HASHES: Final = frozenset({"sha-256", "sha-384", "sha-512"})
HARMLESS: Final = frozenset({"WSH"})
"""Session parameters that change nothing for a receiver, RFC 4568 §6.3.5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalProtection:
    """Our end's part, which does not change while the leg lives. What is secret is not shown."""

    policy: Policy = "preferred"
    offer: Offer = "plain"
    fingerprint: str = ""
    """Of our certificate, with its hash: "sha-256 12:AB:..."."""
    ufrag: str = ""
    password: str = field(default="", repr=False)
    keys: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    """Our master key and salt for each suite."""


@dataclass(frozen=True, slots=True)
class SdesKeys:
    """Keys of both directions, from `crypto` attributes of the same tag."""

    tag: str
    suite: str
    ours: bytes = field(repr=False)
    theirs: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class DtlsRole:
    """Whose certificate to expect, and who begins (RFC 4145)."""

    fingerprint: str
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Protected:
    """What both sides settled on beside the codec."""

    sdes: SdesKeys | None = None
    dtls: DtlsRole | None = None
    peer_ufrag: str | None = None
    """The peer checks its ways to us by ICE."""
    rtcp_mux: bool = False
    mid: str | None = None
    bundled: bool = False

    @property
    def kind(self) -> str:
        """For people: "plain", "sdes AES_CM_128_HMAC_SHA1_80" or "dtls"."""
        if self.sdes is not None:
            return f"sdes {self.sdes.suite}"
        return "plain" if self.dtls is None else "dtls"

    def to_json(self) -> dict[str, Any]:
        sdes, dtls = self.sdes, self.dtls
        return {
            "sdes": sdes and [sdes.tag, sdes.suite, sdes.ours.hex(), sdes.theirs.hex()],
            "dtls": dtls and [dtls.fingerprint, dtls.active],
            "peer_ufrag": self.peer_ufrag,
            "rtcp_mux": self.rtcp_mux,
            "mid": self.mid,
            "bundled": self.bundled,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Protected":
        sdes, dtls = data["sdes"], data["dtls"]
        keys = sdes and SdesKeys(sdes[0], sdes[1], bytes.fromhex(sdes[2]), bytes.fromhex(sdes[3]))
        return cls(**{**data, "sdes": keys, "dtls": dtls and DtlsRole(*dtls)})


def settle(
    session: Session,
    line: Media,
    local: LocalProtection,
    *,
    offered: Media | None,
    before: Protected | None,
) -> Protected:
    """What this m= line of the peer's comes to.

    Args:
        offered: our line that it answers; None if it is an offer itself.
        before: what was agreed so far: a handshake that was made keeps its roles.

    Raises:
        NotAcceptable: it is protected in no way that we know, or not as our policy wants it.
    """
    protocol = line.protocol.upper()
    if protocol not in PROTOCOLS:
        raise NotAcceptable(f"audio over {line.protocol}, which we do not speak")
    wanted = local.policy != "off"
    certified = wanted and bool(local.fingerprint)
    fingerprints = line.values("fingerprint") or session.values("fingerprint")
    sdes = _sdes(line, local) if wanted and (offered is None or offered.has("crypto")) else None
    dtls = None
    shakes_hands = protocol in DTLS or (protocol in SDES and sdes is None and fingerprints)
    if certified and shakes_hands and (offered is None or offered.has("fingerprint")):
        sdes, dtls = None, _dtls(session, line, fingerprints, before.dtls if before else None)
    if sdes is None and dtls is None:
        _accept_plain(protocol, local.policy)
    mux = line.has("rtcp-mux") and (offered is None or offered.has("rtcp-mux"))
    mid = line.value("mid")
    return Protected(
        sdes=sdes,
        dtls=dtls,
        peer_ufrag=_peer_ufrag(session, line) if dtls is not None else None,
        rtcp_mux=mux,
        mid=mid,
        bundled=mid is not None and mid in _bundle(session),
    )


def media_attributes(
    agreed: Protected | None, local: LocalProtection, *, at: tuple[str, int]
) -> Attributes:
    """What our m= line says of it: the answer to what was agreed, or our first offer.

    `at`: where we are to be reached, address and port.
    """
    if agreed is None:
        return _first_offer(local, at)
    attributes: list[tuple[str, str | None]] = []
    if agreed.mid is not None:
        attributes.append(("mid", agreed.mid))
    if agreed.rtcp_mux:
        attributes.append(("rtcp-mux", None))
    if agreed.sdes is not None:
        attributes.append(("crypto", _crypto(agreed.sdes.tag, agreed.sdes.suite, agreed.sdes.ours)))
    if agreed.dtls is not None:
        setup = "active" if agreed.dtls.active else "passive"
        attributes += [("fingerprint", local.fingerprint), ("setup", setup)]
    if agreed.peer_ufrag is not None:
        attributes += _ice(local, at)
    return tuple(attributes)


def offer_attributes(
    agreed: Protected | None, local: LocalProtection, *, at: tuple[str, int]
) -> Attributes:
    """What our m= line offers: at first, or again as it was agreed."""
    attributes = media_attributes(agreed, local, at=at)
    # Either side may begin a handshake that an offer asks for, RFC 8842 §5.2.
    return tuple((name, "actpass" if name == "setup" else value) for name, value in attributes)


def session_attributes(agreed: Protected | None, local: LocalProtection) -> Attributes:
    """What the session says before any m= line, RFC 8839 §5.3, RFC 9143."""
    if agreed is None:
        return (("group", "BUNDLE 0"), ("ice-lite", None)) if local.offer == "dtls" else ()
    group = (("group", f"BUNDLE {agreed.mid}"),) if agreed.bundled else ()
    return (*group, ("ice-lite", None)) if agreed.peer_ufrag is not None else group


def _first_offer(local: LocalProtection, at: tuple[str, int]) -> Attributes:
    if local.offer == "plain":
        return ()
    if local.offer == "dtls":
        ours = (("fingerprint", local.fingerprint), ("setup", "actpass"))
        return (("mid", "0"), ("rtcp-mux", None), *ours, *_ice(local, at))
    keys = enumerate(local.keys.items(), 1)
    return tuple(("crypto", _crypto(str(tag), suite, key)) for tag, (suite, key) in keys)


def _crypto(tag: str, suite: str, key: bytes) -> str:
    return f"{tag} {suite} inline:{b64encode(key).decode()}"


def _ice(local: LocalProtection, at: tuple[str, int]) -> list[tuple[str, str | None]]:
    return [
        ("ice-ufrag", local.ufrag),
        ("ice-pwd", local.password),
        ("candidate", f"1 1 UDP 2130706431 {at[0]} {at[1]} typ host"),
        ("end-of-candidates", None),
    ]


def _accept_plain(protocol: str, policy: Policy) -> None:
    if protocol not in PLAIN:
        why = "which is switched off here" if policy == "off" else "but in no way that we know"
        raise NotAcceptable(f"protected sound ({protocol}), {why}")
    if policy == "required":
        raise NotAcceptable("the sound is not protected, which we require")


def _sdes(line: Media, local: LocalProtection) -> SdesKeys | None:
    """The first `crypto` that we can do; all others are as if they were not there."""
    for value in line.values("crypto"):
        tag, suite, key, *parameters = [*value.split(), "", "", ""]
        ours, theirs = local.keys.get(suite.upper()), _inline(key, SUITES.get(suite.upper(), 0))
        understood = all(name in HARMLESS or not name for name in _names(parameters))
        if ours is not None and theirs is not None and understood and tag.isdecimal():
            return SdesKeys(tag, suite.upper(), ours, theirs)
    return None


def _names(parameters: list[str]) -> list[str]:
    return [parameter.partition("=")[0].upper() for parameter in parameters]


def _inline(text: str, length: int) -> bytes | None:
    """The key of `inline:KEY|lifetime`; None with a key index (MKI), several keys or no key."""
    method, _, rest = text.partition(":")
    encoded, *options = rest.split("|")
    if method.lower() != "inline" or ";" in rest or any(":" in option for option in options):
        return None
    try:
        key = b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        return None
    return key if key and len(key) == length else None


def _dtls(
    session: Session, line: Media, fingerprints: list[str], before: DtlsRole | None
) -> DtlsRole:
    known = (text for text in fingerprints if text.split(" ")[0].lower() in HASHES)
    fingerprint = next(known, None)
    if fingerprint is None:
        raise NotAcceptable("no fingerprint of a certificate that we could check")
    setup = (line.value("setup") or session.value("setup") or "").strip().lower()
    if setup not in ("active", "passive", "actpass", ""):
        raise NotAcceptable(f"a handshake that is {setup!r}")
    if before is not None and before.fingerprint == fingerprint.strip() and setup == "actpass":
        return before  # RFC 8842 §5.3: the same handshake, the same roles
    # Who answers may choose; the peer is then told to begin, because it knows its way to us first.
    return DtlsRole(fingerprint.strip(), active=setup == "passive")


def _peer_ufrag(session: Session, line: Media) -> str | None:
    ufrag = line.value("ice-ufrag") or session.value("ice-ufrag")
    password = line.value("ice-pwd") or session.value("ice-pwd")
    return ufrag.strip() if ufrag and password else None


def _bundle(session: Session) -> list[str]:
    groups = (value.split() for value in session.values("group"))
    return next((mids for kind, *mids in groups if kind.upper() == "BUNDLE"), [])
