"""Errors: what a handler reads from them, and what a log shows."""

import pytest

from sip.errors import (
    BodyTooLarge,
    MalformedMessage,
    MessageTooLarge,
    NoAcknowledgement,
    NoFinalResponse,
    SipError,
    TransportFailed,
    UnsupportedScheme,
    UnsupportedVersion,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (MalformedMessage("Via", "not a via-parm", "x"), 400),
        (UnsupportedVersion("start-line", "not SIP/2.0", "x"), 505),
        (UnsupportedScheme("Request-URI", "unknown", "x"), 416),
        (BodyTooLarge("Content-Length", "too much", "x"), 413),
        (MessageTooLarge("message", "too much", "x"), 513),
        (NoFinalResponse("BYE", 32.0), 408),
        (NoAcknowledgement(486, 32.0), 500),
        (TransportFailed("UDP 192.0.2.1:0", "invalid"), 503),
    ],
)
def test_each_error_knows_the_status_a_server_answers_with(error: SipError, status: int) -> None:
    assert error.status == status


def test_the_text_is_cut_short_in_the_message_and_kept_in_the_field() -> None:
    error = MalformedMessage("From", "not a URI", "x" * 5000)
    assert len(str(error)) < 100
    assert len(error.text) == 5000


def test_messages_say_what_happened() -> None:
    assert str(NoFinalResponse("INVITE", 32.0)) == "no final response to INVITE after 32 s"
    assert str(NoAcknowledgement(486, 3.2)) == "no ACK for 486 after 3.2 s"
    assert str(TransportFailed("UDP x:1", "refused")) == "cannot send to UDP x:1: refused"
