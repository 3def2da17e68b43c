"""The registrar: RFC 3261 §10.3, step by step."""

from dataclasses import replace

import pytest

from sip.address import Address
from sip.digest import Algorithm
from sip.location import BindingChange, Location
from sip.message import Headers, Request, header, header_or_none, header_values, response_to
from sip.registrar import Registrar, Registration, RegistrationLimits
from tests.sip.messages import request
from tests.sip.people import PHONE_SOURCE, People, authenticator, with_credentials

VIA = "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"
CONTACT = "<sip:2001@10.0.0.5:5060>"
UP = BindingChange("2001", reachable=True, reason="registered")
DOWN = BindingChange("2001", reachable=False, reason="unregistered")


class Phone:
    """Registers as 2001 unless told otherwise, with a fresh nonce each time."""

    def __init__(self, **limits: int) -> None:
        self.authenticator = authenticator()
        self.location = Location()
        self.registrar = Registrar(
            People(), self.authenticator, self.location, RegistrationLimits(**limits)
        )
        self.cseq = 0

    def send(
        self,
        *contacts: str,
        now: float = 0.0,
        user: str = "2001",
        login: str | None = None,
        uri: str = "sip:example.com",
        headers: Headers = (),
        call_id: str = "c1",
        cseq: int | None = None,
        source: Address = PHONE_SOURCE,
        via: str = VIA,
    ) -> Registration:
        self.cseq = self.cseq + 1 if cseq is None else cseq
        register = request(
            "REGISTER",
            uri,
            headers=(*(("Contact", contact) for contact in contacts), *headers),
            From=f"<sip:{user}@example.com>;tag=a",
            To=f"<sip:{user}@example.com>",
            Call_ID=call_id,
            CSeq=f"{self.cseq} REGISTER",
        )
        first = tuple(
            ("Via", via) if n == "Via" and v == VIA else (n, v) for n, v in register.headers
        )
        register = replace(register, headers=first)
        return self.registrar.register(
            self._signed(register, login or user, now), source, now, to_tag="t"
        )

    def _signed(self, register: Request, username: str, now: float) -> Request:
        challenge = response_to(register, 401, headers=self.authenticator.challenges(now))
        return with_credentials(register, challenge, username, f"pass-{username}")

    def contacts(self, now: float = 0.0) -> list[str]:
        return [binding.contact_uri for binding in self.location.bindings("2001", now)]


def test_who_does_not_prove_who_they_are_changes_nothing() -> None:
    phone = Phone()
    register = request("REGISTER", "sip:example.com", Contact=CONTACT)
    asked = phone.registrar.register(register, PHONE_SOURCE, 0.0, to_tag="t")
    assert (asked.response.status, asked.wrong_credentials) == (401, False)
    assert len(header_values(asked.response, "WWW-Authenticate")) == len(Algorithm)
    wrong = with_credentials(register, asked.response, "2001", "guess")
    refused = phone.registrar.register(wrong, PHONE_SOURCE, 0.0, to_tag="t")
    assert (refused.response.status, refused.wrong_credentials) == (403, True)
    assert phone.contacts() == []


def test_a_contact_is_added_refreshed_and_removed() -> None:
    phone = Phone()
    added = phone.send(CONTACT, headers=(("User-Agent", "desk phone"),))
    assert added.response.status == 200
    assert header_values(added.response, "Contact") == [f"{CONTACT};expires=300"]
    assert list(added.changes) == [UP]
    (binding,) = phone.location.bindings("2001", 0.0)
    assert (binding.source, binding.user_agent) == (PHONE_SOURCE, "desk phone")

    refreshed = phone.send(CONTACT, now=100.0)
    assert list(refreshed.changes) == []
    assert phone.registrar.next_deadline() == 400.0

    removed = phone.send(f"{CONTACT};expires=0", now=200.0)
    assert removed.response.status == 200
    assert header_or_none(removed.response, "Contact") is None
    assert list(removed.changes) == [DOWN]


def test_a_fetch_lists_what_is_there_with_the_time_left() -> None:
    phone = Phone()
    phone.send(CONTACT, "<sip:2001@10.0.0.6>;expires=100")
    fetched = phone.send(now=40.0)
    assert sorted(header_values(fetched.response, "Contact")) == [
        "<sip:2001@10.0.0.5:5060>;expires=260",
        "<sip:2001@10.0.0.6>;expires=60",
    ]
    assert list(fetched.changes) == []


@pytest.mark.parametrize(
    ("contact", "headers", "granted"),
    [
        (CONTACT, (), 300),
        (CONTACT, (("Expires", "600"),), 600),
        (f"{CONTACT};expires=120", (("Expires", "600"),), 120),
        (CONTACT, (("Expires", "99999999999999999999"),), 3600),
        (CONTACT, (("Expires", "soon"),), 300),
        (f"{CONTACT};expires=soon", (), 3600),
    ],
)
def test_how_long_a_binding_lasts(contact: str, headers: Headers, granted: int) -> None:
    answer = Phone().send(contact, headers=headers).response
    assert header_values(answer, "Contact") == [f"{CONTACT};expires={granted}"]


def test_too_short_a_time_is_refused_with_the_shortest() -> None:
    phone = Phone(min_expires_s=60)
    refused = phone.send(CONTACT, f"{CONTACT[:-1]};x=y>;expires=59").response
    assert (refused.status, header(refused, "Min-Expires")) == (423, "60")
    assert phone.contacts() == []  # nothing of the request was done
    assert phone.send(CONTACT, headers=(("Expires", "60"),)).response.status == 200


def test_a_star_removes_everything() -> None:
    phone = Phone()
    phone.send(CONTACT, "<sip:2001@10.0.0.6>")
    removed = phone.send("*", headers=(("Expires", "0"),))
    assert removed.response.status == 200
    assert list(removed.changes) == [DOWN]
    assert phone.contacts() == []


@pytest.mark.parametrize(
    ("contacts", "headers"),
    [
        (("*",), ()),
        (("*",), (("Expires", "60"),)),
        (("*", CONTACT), (("Expires", "0"),)),
        (("<tel:+1>",), ()),
    ],
)
def test_contacts_that_make_no_sense_get_400(contacts: tuple[str, ...], headers: Headers) -> None:
    phone = Phone()
    phone.send("<sip:2001@10.0.0.9>")
    assert phone.send(*contacts, headers=headers).response.status == 400
    assert len(phone.contacts()) == 1


def test_what_was_sent_earlier_does_not_undo_what_was_sent_later() -> None:
    phone = Phone()
    phone.send(CONTACT, cseq=5)
    assert phone.send(f"{CONTACT};expires=0", cseq=5).response.status == 500
    assert phone.send("*", headers=(("Expires", "0"),), cseq=4).response.status == 500
    assert phone.contacts() != []
    other_boot = phone.send(f"{CONTACT};expires=0", cseq=1, call_id="after reboot")
    assert other_boot.response.status == 200
    assert phone.contacts() == []


def test_a_phone_registers_only_itself() -> None:
    phone = Phone()
    assert phone.send(CONTACT, user="2001", login="2002").response.status == 403
    assert phone.contacts() == []


@pytest.mark.parametrize("user", ["2001", "carrier-login"])
def test_a_trunk_may_not_register_anybody(user: str) -> None:
    phone = Phone()
    register = request("REGISTER", "sip:example.com", To=f"<sip:{user}@example.com>")
    challenge = response_to(register, 401, headers=phone.authenticator.challenges(0.0))
    signed = with_credentials(
        register, challenge, "carrier-login", "carrier-pass", algorithm=Algorithm.SHA256
    )
    answer = phone.registrar.register(signed, PHONE_SOURCE, 0.0, to_tag="t").response
    assert answer.status == 403


def test_other_domains_are_not_ours() -> None:
    assert Phone().send(CONTACT, uri="sip:elsewhere.example").response.status == 404


def test_a_restarted_phone_pushes_out_its_oldest_contact() -> None:
    phone = Phone(max_contacts=2)
    for n in range(4):
        answer = phone.send(f"<sip:2001@10.0.0.5:{6000 + n}>", now=float(n), call_id=f"boot-{n}")
        assert answer.response.status == 200
    assert phone.contacts(3.0) == ["sip:2001@10.0.0.5:6003", "sip:2001@10.0.0.5:6002"]


def test_more_contacts_than_allowed_in_one_request_are_refused() -> None:
    phone = Phone(max_contacts=2)
    many = [f"<sip:2001@10.0.0.5:{6000 + n}>" for n in range(5)]
    assert phone.send(*many[:3]).response.status == 403
    assert phone.send(*many).response.status == 403
    assert phone.contacts() == []


def test_the_same_contact_twice_in_a_request_is_one_binding() -> None:
    phone = Phone()
    phone.send(CONTACT, f"{CONTACT};expires=600")
    assert phone.contacts() == ["sip:2001@10.0.0.5:5060"]


def test_headers_in_a_contact_do_not_reach_our_requests() -> None:
    phone = Phone()
    phone.send("<sip:2001@10.0.0.5?Route=%3Csip:evil.example%3E>")
    assert phone.contacts() == ["sip:2001@10.0.0.5"]


def test_preference_is_read_and_nonsense_is_1() -> None:
    phone = Phone()
    phone.send("<sip:2001@a>;q=0.5", "<sip:2001@b>;q=high", "<sip:2001@c>;q=0.9")
    assert phone.contacts() == ["sip:2001@b", "sip:2001@c", "sip:2001@a"]


def test_expiry() -> None:
    phone = Phone()
    phone.send(CONTACT)
    assert phone.registrar.expire(299.9) == []
    gone = BindingChange("2001", reachable=False, reason="expired")
    assert phone.registrar.expire(300.0) == [gone]


def test_the_expiry_granted_is_the_one_told_whatever_the_clock_says() -> None:
    """A clock's fractions take no second away."""
    for now in (508.917, 357.29, 16340.793):
        answer = Phone().send(CONTACT, now=now).response
        assert header_values(answer, "Contact") == [f"{CONTACT};expires=300"], now
