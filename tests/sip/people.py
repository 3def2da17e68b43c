"""A small directory, and phones that know how to prove who they are."""

import random
from collections.abc import Mapping

from sip.address import Address
from sip.authenticator import Authenticator
from sip.digest import Algorithm, Credentials, answer_challenge, choose_challenge, ha1
from sip.message import Request, Response, header_values, with_header

PHONE_SOURCE = Address("UDP", "192.0.2.1", 5062)
TRUNK_SOURCE = Address("UDP", "198.51.100.1", 5060)
LOOPBACK = Address("UDP", "127.0.0.1", 5099)

DIGESTS = {
    user: {each: ha1(user, "sentral", f"pass-{user}", each) for each in Algorithm}
    for user in ("2001", "2002")
}
TRUNK_DIGEST = ha1("carrier-login", "sentral", "carrier-pass", Algorithm.SHA256)


class People:
    """Phones 2001 and 2002, a trunk by address, one on loopback, and one that logs in."""

    realm = "sentral"
    domains = frozenset({"example.com", "127.0.0.1", "::1"})

    def digests(self, username: str) -> Mapping[Algorithm, str] | None:
        return DIGESTS.get(username)

    def is_phone(self, user: str) -> bool:
        return user in ("2001", "2002")

    def trunk_at(self, host: str, port: int, transport: str) -> str | None:
        return {"198.51.100.1": "carrier", "127.0.0.1": "loopback"}.get(host)

    def trunk_digests(self, username: str) -> tuple[str, Mapping[Algorithm, str]] | None:
        if username != "carrier-login":
            return None
        return ("by-login", {Algorithm.SHA256: TRUNK_DIGEST})


def authenticator(*algorithms: Algorithm, qualities: tuple[str, ...] = ("auth",)) -> Authenticator:
    return Authenticator(
        People(),
        random.Random(1),
        algorithms=algorithms or tuple(Algorithm),
        qualities=qualities,
        nonce_expiry_s=300.0,
    )


def with_credentials(
    request: Request,
    challenge: Response,
    username: str,
    password: str,
    *,
    nonce_count: int = 1,
    algorithm: Algorithm | None = None,
) -> Request:
    """The request again, with an answer to the 401 (to its challenge for `algorithm`)."""
    values = header_values(challenge, "WWW-Authenticate")
    if algorithm is not None:
        values = [value for value in values if f"algorithm={algorithm}" in value]
    chosen = choose_challenge(values)
    assert chosen is not None
    answer = answer_challenge(
        Credentials(username, password),
        chosen,
        request.method,
        request.uri,
        cnonce="c0ffee",
        nonce_count=nonce_count,
        body=request.body,
    )
    assert answer is not None
    return with_header(request, "Authorization", answer)
