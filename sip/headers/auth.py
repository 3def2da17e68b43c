"""Challenges and credentials: WWW-Authenticate, Authorization and their Proxy- twins.

RFC 3261 §20.7 and §20.44, RFC 7616 §3.3 and §3.4. Values are unquoted here; only the Digest
scheme is read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sip.errors import MalformedMessage
from sip.grammar import LWS, is_token
from sip.quoting import quote, split_outside_quotes, unquote

MAX_CHARS: Final = 4096
_MAX_PARAMS: Final = 32
_UNQUOTED: Final = frozenset({"stale", "algorithm", "nc"})


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a server asks for.

    Attributes:
        algorithm: as sent, e.g. "SHA-256"; "MD5" if absent.
        qop: the qualities offered, () for a server that predates them (RFC 2069).
        domain: protection domain, "" if absent.
    """

    realm: str
    nonce: str
    algorithm: str = "MD5"
    qop: tuple[str, ...] = ("auth",)
    opaque: str | None = None
    stale: bool = False
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Authorization:
    """What a client presents.

    Attributes:
        qop, nc, cnonce: all three or none; `nc` is the 8 hex digits as sent.
    """

    username: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str = "MD5"
    qop: str | None = None
    nc: str | None = None
    cnonce: str | None = None
    opaque: str | None = None


def parse_challenge(value: str) -> Challenge:
    """Raises:
    MalformedMessage: not Digest, or without realm or nonce.
    """
    params = _digest_params(value, "WWW-Authenticate")
    if "realm" not in params or "nonce" not in params:
        raise MalformedMessage("WWW-Authenticate", "no realm or nonce", value)
    return Challenge(
        realm=params["realm"],
        nonce=params["nonce"],
        algorithm=params.get("algorithm", "MD5"),
        qop=tuple(word.strip().lower() for word in params.get("qop", "").split(",") if word),
        opaque=params.get("opaque"),
        stale=params.get("stale", "").lower() == "true",
        domain=params.get("domain", ""),
    )


def format_challenge(challenge: Challenge) -> str:
    params = {"realm": challenge.realm}
    if challenge.domain:
        params["domain"] = challenge.domain
    params |= {"nonce": challenge.nonce, "algorithm": challenge.algorithm}
    if challenge.qop:
        params["qop"] = ",".join(challenge.qop)
    if challenge.opaque is not None:
        params["opaque"] = challenge.opaque
    if challenge.stale:
        params["stale"] = "true"
    return _format(params)


def parse_authorization(value: str) -> Authorization:
    """Raises:
    MalformedMessage: not Digest, or without one of the five fields every answer has, or with
        a qop but no nc and cnonce.
    """
    params = _digest_params(value, "Authorization")
    for name in ("username", "realm", "nonce", "uri", "response"):
        if name not in params:
            raise MalformedMessage("Authorization", f"no {name}", value)
    if "qop" in params and ("nc" not in params or "cnonce" not in params):
        raise MalformedMessage("Authorization", "qop without nc or cnonce", value)
    with_qop = "qop" in params
    return Authorization(
        username=params["username"],
        realm=params["realm"],
        nonce=params["nonce"],
        uri=params["uri"],
        response=params["response"],
        algorithm=params.get("algorithm", "MD5"),
        qop=params["qop"].lower() if with_qop else None,
        nc=params["nc"] if with_qop else None,
        cnonce=params["cnonce"] if with_qop else None,
        opaque=params.get("opaque"),
    )


def format_authorization(authorization: Authorization) -> str:
    params = {
        "username": authorization.username,
        "realm": authorization.realm,
        "nonce": authorization.nonce,
        "uri": authorization.uri,
        "response": authorization.response,
        "algorithm": authorization.algorithm,
    }
    for name in ("qop", "nc", "cnonce", "opaque"):
        value = getattr(authorization, name)
        if value is not None:
            params[name] = value
    return _format(params, unquoted=_UNQUOTED | {"qop"})


def is_digest(value: str) -> bool:
    return value.lstrip(LWS)[:7].lower() in ("digest ", "digest\t")


def _digest_params(value: str, element: str) -> dict[str, str]:
    if len(value) > MAX_CHARS:
        raise MalformedMessage(element, "too long", value)
    if not is_digest(value):
        raise MalformedMessage(element, "not the Digest scheme", value)
    pieces = split_outside_quotes(value.lstrip(LWS)[7:], ",")
    if len(pieces) > _MAX_PARAMS:
        raise MalformedMessage(element, "too many parameters", value)
    params: dict[str, str] = {}
    for piece in pieces:
        name, equals, text = piece.partition("=")
        name, text = name.strip(LWS).lower(), text.strip(LWS)
        if not equals or not is_token(name) or (text[:1] == '"') != (text[-1:] == '"'):
            raise MalformedMessage(element, "not a list of name=value", value)
        if name in params:
            raise MalformedMessage(element, f"parameter {name} given twice", value)
        params[name] = unquote(text)
    return params


def _format(params: Mapping[str, str], unquoted: frozenset[str] = _UNQUOTED) -> str:
    listed = (
        f"{name}={value if name in unquoted else quote(value)}" for name, value in params.items()
    )
    return f"Digest {', '.join(listed)}"
