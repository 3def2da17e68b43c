"""How one leg's sound is to be protected, and the secrets that this takes."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from media.engine_face import Engine
from media.sdp.protection import SUITES, LocalProtection, Offer, Policy, Protected

_UFRAG_BYTES: Final = 4
_PASSWORD_BYTES: Final = 16
"""As hexadecimal digits more than the 24 and 128 bits that RFC 8445 §5.3 wants."""

_SECRET_BYTES: Final = _UFRAG_BYTES + _PASSWORD_BYTES + sum(SUITES.values())
"""Of one leg: asked of the system at once."""


@dataclass(frozen=True, slots=True)
class Protection:
    """What the owner of a leg wants.

    Attributes:
        policy: "required" refuses plain sound, "off" refuses protected sound.
        offer: what is offered where we offer first.
    """

    policy: Policy = "preferred"
    offer: Offer = "plain"


def local_protection(wanted: Protection, fingerprint: str) -> LocalProtection:
    """Our part of a new leg, with fresh secrets."""
    if wanted.policy == "off":
        return LocalProtection(policy="off")
    fresh = BytesIO(secrets.token_bytes(_SECRET_BYTES))
    return LocalProtection(
        policy=wanted.policy,
        offer=wanted.offer,
        fingerprint=fingerprint,
        ufrag=fresh.read(_UFRAG_BYTES).hex(),
        password=fresh.read(_PASSWORD_BYTES).hex(),
        keys={suite: fresh.read(length) for suite, length in SUITES.items()},
    )


def to_json(local: LocalProtection) -> dict[str, Any]:
    """For a snapshot, which is as secret as what is in it."""
    return {
        "policy": local.policy,
        "offer": local.offer,
        "ufrag": local.ufrag,
        "password": local.password,
        "keys": {suite: key.hex() for suite, key in local.keys.items()},
    }


def from_json(data: Mapping[str, Any] | None, fingerprint: str) -> LocalProtection:
    """`fingerprint`: of the certificate of now, which is not the one before the restart."""
    if data is None:
        return LocalProtection()
    keys = {suite: bytes.fromhex(key) for suite, key in data["keys"].items()}
    return LocalProtection(**{**data, "keys": keys, "fingerprint": fingerprint})


def secure(engine: Engine, leg: int, agreed: Protected, local: LocalProtection) -> None:
    """Tell the engine what was agreed; the same again changes nothing there."""
    sdes, dtls, ufrag = agreed.sdes, agreed.dtls, agreed.peer_ufrag
    engine.secure(
        leg,
        sdes=None if sdes is None else (sdes.suite, sdes.ours, sdes.theirs),
        dtls=None if dtls is None else (dtls.fingerprint, dtls.active),
        ice=None if ufrag is None else (local.ufrag, local.password, ufrag),
        rtcp_mux=agreed.rtcp_mux,
    )
