"""Who is calling: each row of the rule."""

import pytest

from sip.address import Address
from sip.admission import (
    Admission,
    Admitted,
    Challenge,
    Decision,
    PhoneIdentity,
    Refuse,
    TrunkIdentity,
)
from sip.digest import Algorithm
from sip.errors import MalformedMessage
from sip.message import Request, header, header_values
from tests.sip.messages import request
from tests.sip.people import (
    LOOPBACK,
    PHONE_SOURCE,
    TRUNK_SOURCE,
    People,
    authenticator,
    with_credentials,
)

FROM_PHONE = "<sip:2001@example.com>;tag=a"


def admission() -> Admission:
    return Admission(People(), authenticator())


def admit(message: Request, source: Address, subject: Admission | None = None) -> Decision:
    return (subject or admission()).admit(message, source, 0.0, to_tag="t")


@pytest.mark.parametrize("method", ["INVITE", "MESSAGE", "SUBSCRIBE"])
def test_a_source_that_a_trunk_names_is_that_trunk(method: str) -> None:
    assert admit(request(method), TRUNK_SOURCE) == Admitted(TrunkIdentity("carrier"))


def test_from_is_only_a_number_on_a_trunk_even_if_it_equals_an_extension() -> None:
    decision = admit(request(From=FROM_PHONE), TRUNK_SOURCE)
    assert decision == Admitted(TrunkIdentity("carrier"))


def test_everyone_else_is_challenged_whether_or_not_the_user_exists() -> None:
    known = admit(request(From=FROM_PHONE), PHONE_SOURCE)
    unknown = admit(request(From="<sip:9999@example.com>;tag=a"), PHONE_SOURCE)
    assert isinstance(known, Challenge)
    assert isinstance(unknown, Challenge)
    assert known.response.status == unknown.response.status == 401
    assert header(known.response, "To").endswith(";tag=t")
    assert header_values(known.response, "WWW-Authenticate") == header_values(
        unknown.response, "WWW-Authenticate"
    )  # the same seed, the same nonce: nothing else differs


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("<sip:2001@127.0.0.1>;tag=a", Challenge),
        ("<sip:2001@example.com>;tag=a", Challenge),
        ("<sips:2001@EXAMPLE.com:5061>;tag=a", Challenge),
        ("<sip:2001@elsewhere.example>;tag=a", Admitted),
        ("<sip:sipp@127.0.0.1:5099>;tag=a", Admitted),
        ("<tel:2001>;tag=a", Admitted),
    ],
)
def test_on_loopback_a_phones_address_of_record_is_challenged_first(
    sender: str, expected: type[Decision]
) -> None:
    decision = admit(request(From=sender), LOOPBACK)
    assert type(decision) is expected
    if isinstance(decision, Admitted):
        assert decision.identity == TrunkIdentity("loopback")


@pytest.mark.parametrize("source", [PHONE_SOURCE, LOOPBACK])
def test_a_right_password_is_that_phone_and_a_wrong_one_is_refused(source: Address) -> None:
    subject, message = admission(), request(From=FROM_PHONE)
    challenge = admit(message, source, subject)
    assert isinstance(challenge, Challenge)
    right = with_credentials(message, challenge.response, "2001", "pass-2001")
    assert admit(right, source, subject) == Admitted(PhoneIdentity("2001"))
    for username in ("2001", "nobody"):
        wrong = with_credentials(message, challenge.response, username, "guess")
        refused = admit(wrong, source, subject)
        assert isinstance(refused, Refuse)
        assert refused.response.status == 403


def test_a_trunks_credentials_are_that_trunk_from_anywhere() -> None:
    subject, message = admission(), request(From=FROM_PHONE)
    challenge = admit(message, PHONE_SOURCE, subject)
    assert isinstance(challenge, Challenge)
    right = with_credentials(
        message,
        challenge.response,
        "carrier-login",
        "carrier-pass",
        algorithm=Algorithm.SHA256,
    )
    assert admit(right, PHONE_SOURCE, subject) == Admitted(TrunkIdentity("by-login"))


def test_a_replay_is_challenged_as_stale() -> None:
    subject, message = admission(), request(From=FROM_PHONE)
    challenge = admit(message, PHONE_SOURCE, subject)
    assert isinstance(challenge, Challenge)
    right = with_credentials(message, challenge.response, "2001", "pass-2001")
    admit(right, PHONE_SOURCE, subject)
    again = admit(right, PHONE_SOURCE, subject)
    assert isinstance(again, Challenge)
    assert "stale=true" in header(again.response, "WWW-Authenticate")


def test_anyone_may_ask_for_options_outside_a_dialog() -> None:
    assert admit(request("OPTIONS"), PHONE_SOURCE) == Admitted(None)
    inside = request("OPTIONS", To="<sip:b@h>;tag=x")
    assert isinstance(admit(inside, PHONE_SOURCE), Challenge)


def test_a_from_that_cannot_be_read_is_the_peers_fault() -> None:
    with pytest.raises(MalformedMessage):
        admit(request(From="nonsense"), LOOPBACK)
