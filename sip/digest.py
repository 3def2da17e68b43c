"""Digest authentication: RFC 7616, with several algorithms by RFC 8760.

Only hashes here: `sip.nonces` makes and remembers nonces, `sip.authenticator` decides.
"""

import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from sip.errors import MalformedMessage
from sip.grammar import is_token
from sip.headers.auth import (
    Authorization,
    Challenge,
    format_authorization,
    is_digest,
    parse_challenge,
)


class Algorithm(StrEnum):
    MD5 = "MD5"
    SHA256 = "SHA-256"
    SHA512_256 = "SHA-512-256"


AUTH: Final = "auth"
AUTH_INT: Final = "auth-int"
"""The quality of protection that covers the body too, §3.4.3."""

_HASHES: Final[Mapping[Algorithm, Callable[[bytes], "hashlib._Hash"]]] = {
    Algorithm.MD5: lambda data: hashlib.md5(data, usedforsecurity=False),
    Algorithm.SHA256: hashlib.sha256,
    Algorithm.SHA512_256: lambda data: hashlib.new("sha512_256", data),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What we present to others: a password, or its HA1 by algorithm for one realm.

    Neither is shown by `repr`: it ends up in logs.
    """

    username: str
    password: str | None = field(default=None, repr=False)
    ha1: Mapping[Algorithm, str] = field(default_factory=dict, repr=False)

    def digest_for(self, realm: str, algorithm: Algorithm) -> str | None:
        """HA1 in hex, None if this algorithm cannot be served."""
        if self.password is not None:
            return ha1(self.username, realm, self.password, algorithm)
        return self.ha1.get(algorithm)


def algorithm_named(name: str) -> Algorithm | None:
    """The algorithm, whatever the case; None for one that we do not have (e.g. MD5-sess)."""
    try:
        return Algorithm(name.upper())
    except ValueError:
        return None


def ha1(username: str, realm: str, password: str, algorithm: Algorithm) -> str:
    """The digest of a password, the only form in which we store others' passwords, §3.4.2."""
    return _hash(algorithm, f"{username}:{realm}:{password}")


def expected_response(
    authorization: Authorization,
    method: str,
    digest: str,
    algorithm: Algorithm,
    body: bytes = b"",
) -> str:
    """The response that the holder of `digest` (HA1 in hex) would send, §3.4.1.

    `body` counts under `auth-int` alone; there an empty one counts too, RFC 3261 §22.4.
    """
    covered = f"{method}:{authorization.uri}"
    if authorization.qop == AUTH_INT:
        covered = f"{covered}:{_HASHES[algorithm](body).hexdigest()}"
    ha2 = _hash(algorithm, covered)
    if authorization.qop is None:  # RFC 2069
        return _hash(algorithm, f"{digest}:{authorization.nonce}:{ha2}")
    middle = f"{authorization.nonce}:{authorization.nc}:{authorization.cnonce}:{authorization.qop}"
    return _hash(algorithm, f"{digest}:{middle}:{ha2}")


def is_right(
    authorization: Authorization,
    method: str,
    digest: str,
    algorithm: Algorithm,
    body: bytes = b"",
) -> bool:
    """Whether the response is that of `digest`; takes the same time wherever they differ."""
    expected = expected_response(authorization, method, digest, algorithm, body)
    given = authorization.response.lower().encode("utf-8", "surrogateescape")
    return hmac.compare_digest(expected.encode(), given)


def choose_challenge(values: Iterable[str]) -> Challenge | None:
    """The first challenge that we can answer, in the server's order, RFC 8760 §2.4."""
    for value in values:
        if not is_digest(value):
            continue
        try:
            challenge = parse_challenge(value)
        except MalformedMessage:
            continue
        if _is_usable(challenge) and algorithm_named(challenge.algorithm) is not None:
            return challenge
    return None


def _is_usable(challenge: Challenge) -> bool:
    return not challenge.qop or _quality(challenge) is not None


def _quality(challenge: Challenge) -> str | None:
    """What we answer with: `auth` where we may, for a proxy may touch the body on its way."""
    return next((each for each in (AUTH, AUTH_INT) if each in challenge.qop), None)


def answer_challenge(
    credentials: Credentials,
    challenge: Challenge,
    method: str,
    uri: str,
    *,
    cnonce: str,
    nonce_count: int = 1,
    body: bytes = b"",
) -> str | None:
    """The value of Authorization or Proxy-Authorization, §3.4.

    Args:
        cnonce: fresh and random, a token.
        nonce_count: how many requests have used this nonce, this one included.
        body: of the request that will carry the value, for a challenge of `auth-int` alone.

    Returns:
        None if the algorithm, its qop or the credentials' form does not allow an answer.
    """
    assert is_token(cnonce)
    algorithm = algorithm_named(challenge.algorithm)
    if algorithm is None or not _is_usable(challenge):
        return None
    digest = credentials.digest_for(challenge.realm, algorithm)
    if digest is None:
        return None
    unsigned = Authorization(
        username=credentials.username,
        realm=challenge.realm,
        nonce=challenge.nonce,
        uri=uri,
        response="",
        algorithm=challenge.algorithm,
        qop=_quality(challenge),
        nc=f"{nonce_count:08x}" if challenge.qop else None,
        cnonce=cnonce if challenge.qop else None,
        opaque=challenge.opaque,
    )
    response = expected_response(unsigned, method, digest, algorithm, body)
    return format_authorization(replace(unsigned, response=response))


def _hash(algorithm: Algorithm, text: str) -> str:
    return _HASHES[algorithm](text.encode("utf-8", "surrogateescape")).hexdigest()
