"""The server's side of authentication: what each kind of credentials leads to."""

import hashlib
from dataclasses import replace

import pytest

import sip.digest
from sip.authenticator import Authenticator, NotPresented, Verified, Wrong
from sip.digest import Algorithm
from sip.errors import MalformedMessage
from sip.headers.auth import Challenge, format_challenge, parse_challenge
from sip.message import Request, Response, header_values, with_header
from tests.sip.messages import request
from tests.sip.people import authenticator, with_credentials

REGISTER = request("REGISTER", "sip:example.com")


def challenge(server: Authenticator, now: float) -> Response:
    return Response(401, "Unauthorized", server.challenges(now))


def answered(
    server: Authenticator, username: str, password: str, now: float = 0.0, nonce_count: int = 1
) -> Request:
    return with_credentials(
        REGISTER, challenge(server, now), username, password, nonce_count=nonce_count
    )


def test_challenges_come_in_the_order_set_with_one_nonce() -> None:
    headers = authenticator(Algorithm.SHA256, Algorithm.MD5).challenges(0.0)
    assert [name for name, _ in headers] == ["WWW-Authenticate"] * 2
    assert ["algorithm=SHA-256" in headers[0][1], "algorithm=MD5" in headers[1][1]] == [True, True]
    assert all('qop="auth"' in value and 'realm="sentral"' in value for _, value in headers)


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_right_password_names_the_phone(algorithm: Algorithm) -> None:
    server = authenticator()
    message = with_credentials(
        REGISTER, challenge(server, 0.0), "2001", "pass-2001", algorithm=algorithm
    )
    assert server.verify(message, 1.0) == Verified("2001", trunk=None)


def test_a_trunks_login_names_the_trunk() -> None:
    server = authenticator(Algorithm.SHA256)
    message = answered(server, "carrier-login", "carrier-pass")
    assert server.verify(message, 1.0) == Verified("carrier-login", trunk="by-login")


def test_nothing_presented() -> None:
    server = authenticator()
    assert server.verify(REGISTER, 0.0) == NotPresented()
    basic = with_header(REGISTER, "Authorization", "NoOneKnowsThisScheme opaque-data=here")
    assert server.verify(basic, 0.0) == NotPresented()


def test_unknown_names_and_wrong_passwords_are_told_alike() -> None:
    server = authenticator()
    assert server.verify(answered(server, "2001", "wrong"), 0.0) == Wrong("2001")
    assert server.verify(answered(server, "nobody", "pass-2001"), 0.0) == Wrong("nobody")


def test_an_algorithm_that_the_user_has_no_digest_for_is_wrong() -> None:
    server = authenticator(Algorithm.MD5)
    message = answered(server, "carrier-login", "carrier-pass")
    assert server.verify(message, 0.0) == Wrong("carrier-login")


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes each hash took."""
    lengths: list[int] = []

    def counted(data: bytes) -> "hashlib._Hash":
        lengths.append(len(data))
        return hashlib.sha256(data)

    monkeypatch.setattr(sip.digest, "_HASHES", {Algorithm.SHA256: counted})
    return lengths


def test_unknown_names_and_wrong_passwords_cost_the_same(hashed: list[int]) -> None:
    server = authenticator(Algorithm.SHA256)
    work = []
    for username in ("2001", "9999"):
        message = answered(server, username, "wrong")
        hashed.clear()
        server.verify(message, 0.0)
        work.append(list(hashed))
    assert work[0] == work[1]
    assert len(work[0]) == 2


def test_an_old_nonce_is_stale_only_with_the_right_password() -> None:
    server = authenticator()
    assert server.verify(answered(server, "2001", "pass-2001"), 301.0) == NotPresented(stale=True)
    assert server.verify(answered(server, "2001", "wrong"), 301.0) == NotPresented(stale=False)
    assert "stale=true" in server.challenges(301.0, stale=True)[0][1]


def test_a_replay_is_challenged_again_and_a_higher_count_is_taken() -> None:
    server = authenticator()
    asked = challenge(server, 0.0)
    first = with_credentials(REGISTER, asked, "2001", "pass-2001", nonce_count=1)
    second = with_credentials(REGISTER, asked, "2001", "pass-2001", nonce_count=2)
    assert server.verify(first, 0.0) == Verified("2001", None)
    assert server.verify(first, 0.0) == NotPresented(stale=True)
    assert server.verify(second, 0.0) == Verified("2001", None)


def test_a_wrong_password_does_not_use_up_a_count() -> None:
    server = authenticator()
    asked = challenge(server, 0.0)
    server.verify(with_credentials(REGISTER, asked, "2001", "wrong"), 0.0)
    right = with_credentials(REGISTER, asked, "2001", "pass-2001")
    assert server.verify(right, 0.0) == Verified("2001", None)


def test_credentials_for_another_realm_or_nonce_are_not_ours() -> None:
    server = authenticator()
    message = answered(server, "2001", "pass-2001")
    value = header_values(message, "Authorization")[0]
    elsewhere = with_header(message, "Authorization", value.replace('"sentral"', '"other"'))
    assert server.verify(elsewhere, 0.0) == NotPresented()
    restarted = authenticator(Algorithm.SHA256, Algorithm.MD5)
    restarted.challenges(0.0)
    forged = with_header(message, "Authorization", value.replace('nonce="', 'nonce="1'))
    assert server.verify(forged, 0.0) == NotPresented()


def test_the_method_is_part_of_the_answer() -> None:
    server = authenticator()
    message = answered(server, "2001", "pass-2001")
    other = Request("INVITE", message.uri, message.headers)
    assert server.verify(other, 0.0) == Wrong("2001")


def test_credentials_for_us_that_cannot_be_read_are_malformed() -> None:
    server = authenticator()
    with pytest.raises(MalformedMessage):
        server.verify(with_header(REGISTER, "Authorization", 'Digest username="u'), 0.0)
    value = header_values(answered(server, "2001", "pass-2001"), "Authorization")[0]
    odd = with_header(REGISTER, "Authorization", value.replace("qop=auth", "qop=auth-int"))
    with pytest.raises(MalformedMessage):
        server.verify(odd, 0.0)


INVITE = Request("INVITE", REGISTER.uri, REGISTER.headers, b"v=0\r\n")
ASKED_FOR_BODIES = {"offered": ("auth", "auth-int"), "required": ("auth-int",)}


@pytest.mark.parametrize("algorithm", Algorithm)
def test_a_body_that_is_another_than_was_signed_is_wrong(algorithm: Algorithm) -> None:
    server = authenticator(algorithm, qualities=("auth-int",))
    asked = challenge(server, 0.0)
    assert 'qop="auth-int"' in asked.headers[0][1]
    signed = with_credentials(INVITE, asked, "2001", "pass-2001")
    forged = Request(signed.method, signed.uri, signed.headers, b"v=0\r\nc=elsewhere\r\n")
    assert server.verify(forged, 0.0) == Wrong("2001")
    assert server.verify(signed, 0.0) == Verified("2001", None)


@pytest.mark.parametrize("qualities", ASKED_FOR_BODIES.values(), ids=ASKED_FOR_BODIES)
@pytest.mark.parametrize("answered_with", ["auth", None])
def test_without_the_body_only_where_that_is_offered(
    qualities: tuple[str, ...], answered_with: str | None
) -> None:
    server = authenticator(qualities=qualities)
    plain = Challenge("sentral", "n", "MD5", (answered_with,) if answered_with else ())
    nonce = parse_challenge(server.challenges(0.0)[0][1]).nonce
    asked = Response(
        401, "", (("WWW-Authenticate", format_challenge(replace(plain, nonce=nonce))),)
    )
    message = with_credentials(INVITE, asked, "2001", "pass-2001")
    if "auth" in qualities:
        assert server.verify(message, 0.0) == Verified("2001", None)
    else:
        with pytest.raises(MalformedMessage, match="not offered"):
            server.verify(message, 0.0)


def test_proxy_authorization_counts_where_there_is_no_other() -> None:
    server = authenticator()
    value = header_values(answered(server, "2001", "pass-2001"), "Authorization")[0]
    message = with_header(REGISTER, "Proxy-Authorization", value)
    assert server.verify(message, 0.0) == Verified("2001", None)
