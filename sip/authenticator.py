"""Who presents these credentials: the server's side of digest authentication.

RFC 3261 §22, RFC 7616, RFC 8760. Call it once for each request, above the transaction layer: a
retransmission must get the same answer, not a second look at its nonce count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from sip.digest import AUTH, AUTH_INT, Algorithm, algorithm_named, ha1, is_right
from sip.directory import Directory
from sip.errors import MalformedMessage
from sip.headers.auth import (
    Authorization,
    Challenge,
    format_challenge,
    is_digest,
    parse_authorization,
)
from sip.message import Headers, Request, header_values
from sip.nonces import Nonces, NonceState, RandomSource


@dataclass(frozen=True, slots=True)
class Verified:
    """The password was right. `trunk` is the trunk whose credentials they are, None: a phone's."""

    username: str
    trunk: str | None


@dataclass(frozen=True, slots=True)
class NotPresented:
    """No credentials for our realm, or for a nonce that we no longer take: challenge."""

    stale: bool = False


@dataclass(frozen=True, slots=True)
class Wrong:
    """Credentials for a good nonce, but not a right answer: nobody's name or a wrong password."""

    username: str


Verdict: TypeAlias = Verified | NotPresented | Wrong

_NOBODY: Final[Mapping[Algorithm, str]] = {}


class Authenticator:
    """One per server: it owns the nonces."""

    def __init__(
        self,
        directory: Directory,
        random: RandomSource,
        *,
        algorithms: Sequence[Algorithm] = (Algorithm.MD5, Algorithm.SHA256),
        qualities: Sequence[str] = (AUTH,),
        nonce_expiry_s: float = 300.0,
    ) -> None:
        """`algorithms` are offered in this order: some clients read only the first.

        `qualities`: what may protect a request; `AUTH_INT` covers its body too. Who names none,
        as of old (RFC 2069), is taken where `AUTH` is.
        """
        assert algorithms
        assert qualities
        assert set(qualities) <= {AUTH, AUTH_INT}
        self._directory = directory
        self._algorithms = tuple(algorithms)
        self._qualities = tuple(qualities)
        self._nonces = Nonces(random, expiry_s=nonce_expiry_s)
        self._decoys = {  # the HA1 of a user who does not exist, as long as a real one
            name: ha1("", "", random.randbytes(32).hex(), name) for name in self._algorithms
        }

    def verify(self, request: Request, now: float) -> Verdict:
        """Judge the request's credentials.

        Raises:
            MalformedMessage: an Authorization for our realm that cannot be read.
        """
        presented = self._presented(request)
        if presented is None:
            return NotPresented()
        authorization, algorithm = presented
        state = self._nonces.state(authorization.nonce, now)
        if state is NonceState.UNKNOWN:
            return NotPresented()
        trunk, right = self._is_right(authorization, request, algorithm)
        if state is NonceState.STALE:
            return NotPresented(stale=right)
        if not right:
            return Wrong(authorization.username)
        if not self._nonces.use(authorization.nonce, authorization.nc, now):
            return NotPresented(stale=True)
        return Verified(authorization.username, trunk)

    def challenges(self, now: float, *, stale: bool = False) -> Headers:
        """WWW-Authenticate headers for a 401, one for each algorithm, RFC 8760 §2.3."""
        nonce = self._nonces.make(now)
        return tuple(
            (
                "WWW-Authenticate",
                format_challenge(
                    Challenge(
                        self._directory.realm,
                        nonce,
                        algorithm=str(name),
                        qop=self._qualities,
                        stale=stale,
                    )
                ),
            )
            for name in self._algorithms
        )

    def _presented(self, request: Request) -> tuple[Authorization, Algorithm] | None:
        """The first credentials for our realm and an algorithm that we offered."""
        values = header_values(request, "Authorization")
        for value in values or header_values(request, "Proxy-Authorization"):
            if not is_digest(value):
                continue
            authorization = parse_authorization(value)
            algorithm = algorithm_named(authorization.algorithm)
            if authorization.realm != self._directory.realm or algorithm not in self._algorithms:
                continue
            if (authorization.qop or AUTH) not in self._qualities:
                raise MalformedMessage("Authorization", "a qop that was not offered", value)
            return authorization, algorithm
        return None

    def _is_right(
        self, authorization: Authorization, request: Request, algorithm: Algorithm
    ) -> tuple[str | None, bool]:
        """(trunk or None, whether the answer is right), with equal work whoever it names."""
        username = authorization.username
        phone = self._directory.digests(username)
        trunk = self._directory.trunk_digests(username)
        name, digests = trunk if phone is None and trunk is not None else (None, phone or _NOBODY)
        digest = digests.get(algorithm)
        compared = digest or self._decoys[algorithm]
        right = is_right(authorization, request.method, compared, algorithm, request.body)
        return name, right and digest is not None
