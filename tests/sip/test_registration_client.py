"""Our own registration, against the real registrar and against scripted answers."""

from dataclasses import dataclass, replace

import pytest

from sip.digest import Credentials, answer_challenge, choose_challenge
from sip.errors import NoFinalResponse
from sip.location import Location
from sip.message import Headers, Request, Response, header, header_values, response_to
from sip.registrar import Registrar, RegistrationLimits
from sip.registration_client import (
    RETRY_FIRST_S,
    RETRY_LONGEST_S,
    Ask,
    NotRegistered,
    Registered,
    Registering,
    RegistrationClient,
    RegistrationEffect,
    State,
    Tell,
    Unregistered,
)
from tests.sip.people import PHONE_SOURCE, People, authenticator

CONTACT = "sip:2001@192.0.2.1:5062"
WHAT = Registering(
    registrars=("sip:example.com",),
    aor="sip:2001@example.com",
    contact=CONTACT,
    call_id="c1",
    local_tag="t1",
)
CHALLENGE = ("WWW-Authenticate", 'Digest realm="sentral", nonce="n", algorithm=MD5, qop="auth"')


class Longest:
    """Waits as long as may be."""

    def random(self) -> float:
        return 1.0


def proving(password: str = "pass-2001") -> RegistrationClient:
    def authorise(request: Request, response: Response) -> Headers | None:
        challenge = choose_challenge(header_values(response, "WWW-Authenticate"))
        if challenge is None:
            return None
        value = answer_challenge(
            Credentials("2001", password), challenge, request.method, request.uri, cnonce="c"
        )
        return None if value is None else (("Authorization", value),)

    return RegistrationClient(WHAT, authorise, dice=Longest())


def asked(effects: list[RegistrationEffect]) -> Request:
    """The one request in them."""
    (request,) = [effect.request for effect in effects if isinstance(effect, Ask)]
    return request


def told(effects: list[RegistrationEffect]) -> list[object]:
    return [effect.event for effect in effects if isinstance(effect, Tell)]


def respond(request: Request, status: int, *headers: tuple[str, str]) -> Response:
    via = Request(request.method, request.uri, (("Via", "SIP/2.0/UDP x"), *request.headers))
    return response_to(via, status, to_tag="r", headers=headers)


@dataclass
class AtRegistrar:
    """A client and the real registrar, joined without a network."""

    client: RegistrationClient
    min_expires_s: int = 60

    def __post_init__(self) -> None:
        self.location = Location()
        limits = RegistrationLimits(min_expires_s=self.min_expires_s)
        self.registrar = Registrar(People(), authenticator(), self.location, limits)
        self.events: list[object] = []
        self.requests: list[Request] = []

    def run(self, effects: list[RegistrationEffect], now: float) -> None:
        while effects:
            effect, *effects = effects
            if isinstance(effect, Tell):
                self.events.append(effect.event)
                continue
            self.requests.append(effect.request)
            sent = Request(
                "REGISTER",
                effect.request.uri,
                (("Via", "SIP/2.0/UDP 192.0.2.1:5062"), *effect.request.headers),
            )
            answer = self.registrar.register(sent, PHONE_SOURCE, now, to_tag="r").response
            effects = [*self.client.receive(effect.request, answer, now), *effects]

    def contacts(self, now: float) -> list[str]:
        return [binding.contact_uri for binding in self.location.bindings("2001", now)]


def test_it_registers_with_digest_refreshes_in_time_and_unregisters() -> None:
    there = AtRegistrar(client := proving())
    there.run(client.start(), 0.0)
    assert there.events == [Registered(300)]
    assert there.contacts(1.0) == [CONTACT]
    assert client.next_deadline() == 240.0
    there.run(client.handle_timers(240.0), 240.0)
    assert there.events == [Registered(300), Registered(300)]
    assert there.contacts(400.0) == [CONTACT]
    there.run(client.stop(), 401.0)
    assert there.events[2:] == [Unregistered()]
    assert there.contacts(401.0) == []
    assert client.next_deadline() is None


def test_all_requests_belong_together() -> None:
    there = AtRegistrar(client := proving())
    there.run(client.start(), 0.0)
    there.run(client.stop(), 1.0)
    assert [header(each, "CSeq") for each in there.requests] == [
        f"{number} REGISTER" for number in range(1, 5)
    ]
    assert {header(each, "Call-ID") for each in there.requests} == {"c1"}
    assert {header(each, "From") for each in there.requests} == {"<sip:2001@example.com>;tag=t1"}


def test_a_longer_time_is_taken_when_the_registrar_insists() -> None:
    there = AtRegistrar(client := proving(), min_expires_s=900)
    there.run(client.start(), 0.0)
    assert there.events == [Registered(900)]
    assert client.next_deadline() == 840.0


def test_wrong_credentials_are_not_sent_twice() -> None:
    there = AtRegistrar(client := proving("wrong"))
    there.run(client.start(), 0.0)
    (event,) = there.events
    assert isinstance(event, NotRegistered)
    assert event.status == 403
    assert len(there.requests) == 2
    assert client.next_deadline() == RETRY_FIRST_S


def test_a_second_challenge_in_a_row_is_a_refusal() -> None:
    client = proving()
    first = asked(client.start())
    second = asked(client.receive(first, respond(first, 401, CHALLENGE), 0.0))
    effects = client.receive(second, respond(second, 401, CHALLENGE), 0.0)
    assert told(effects) == [NotRegistered(401, "Unauthorized", RETRY_FIRST_S)]


def test_a_challenge_without_credentials_is_a_refusal() -> None:
    client = RegistrationClient(WHAT, dice=Longest())
    request = asked(client.start())
    effects = client.receive(request, respond(request, 401, CHALLENGE), 0.0)
    assert told(effects) == [NotRegistered(401, "Unauthorized", RETRY_FIRST_S)]


def test_silence_is_retried_ever_more_seldom() -> None:
    client = proving()
    effects, now, pauses = client.start(), 0.0, []
    for _ in range(9):
        effects = client.failed(asked(effects), NoFinalResponse("REGISTER", 32.0), now)
        (event,) = told(effects)
        assert isinstance(event, NotRegistered)
        assert event.status == 408
        pauses.append(event.retry_s)
        now += event.retry_s
        effects = client.handle_timers(now)
    assert pauses[:3] == [30.0, 60.0, 120.0]
    assert pauses[-1] == RETRY_LONGEST_S


def test_retry_after_is_respected_and_bounded() -> None:
    client = proving()
    request = asked(client.start())
    effects = client.receive(request, respond(request, 503, ("Retry-After", "120 (busy)")), 5.0)
    assert told(effects) == [NotRegistered(503, "Service Unavailable", 120.0)]
    assert client.next_deadline() == 125.0
    request = asked(client.handle_timers(125.0))
    client.receive(request, respond(request, 503, ("Retry-After", "99999999")), 125.0)
    assert client.next_deadline() == 125.0 + RETRY_LONGEST_S


def test_success_after_failures_starts_the_pauses_anew() -> None:
    client = proving()
    request = asked(client.start())
    client.receive(request, respond(request, 500), 0.0)
    request = asked(client.handle_timers(30.0))
    client.receive(request, respond(request, 200), 30.0)
    request = asked(client.handle_timers(270.0))
    effects = client.receive(request, respond(request, 500), 270.0)
    assert told(effects) == [NotRegistered(500, "Server Internal Error", RETRY_FIRST_S)]


@pytest.mark.parametrize(
    ("headers", "granted_s"),
    [
        ((), 300),
        ((("Expires", "120"),), 120),
        ((("Expires", "120"), ("Contact", f"<{CONTACT}>;expires=90")), 90),
        ((("Contact", "<sip:2001@192.0.2.9>;expires=5"),), 300),
        ((("Contact", f"<{CONTACT}>;expires=soon"), ("Expires", "later")), 300),
        ((("Contact", "<<<"),), 300),
        ((("Expires", "99999999999999"),), 86_400),
    ],
)
def test_the_time_granted(headers: Headers, granted_s: int) -> None:
    client = proving()
    request = asked(client.start())
    assert told(client.receive(request, respond(request, 200, *headers), 0.0)) == [
        Registered(granted_s)
    ]


@pytest.mark.parametrize("minimum", ["100000", "10", "long", ""])
def test_a_demand_that_makes_no_sense_is_a_refusal(minimum: str) -> None:
    client = proving()
    request = asked(client.start())
    effects = client.receive(request, respond(request, 423, ("Min-Expires", minimum)), 0.0)
    assert told(effects) == [NotRegistered(423, "Interval Too Brief", RETRY_FIRST_S)]


def test_stopping_waits_for_the_open_request() -> None:
    client = proving()
    request = asked(client.start())
    assert client.stop() == []
    effects = client.receive(request, respond(request, 200), 0.0)
    assert told(effects) == [Registered(300)]
    leaving = asked(effects)
    assert header(leaving, "Expires") == "0"
    assert told(client.receive(leaving, respond(leaving, 200), 0.1)) == [Unregistered()]


def test_stopping_ends_whatever_the_registrar_says() -> None:
    client = proving()
    request = asked(client.start())
    client.receive(request, respond(request, 200), 0.0)
    leaving = asked(client.stop())
    effects = client.failed(leaving, NoFinalResponse("REGISTER", 32.0), 32.0)
    assert told(effects) == [Unregistered()]
    assert client.state is State.GONE
    assert client.stop() == []


def test_what_a_failed_refresh_left_behind_is_taken_away() -> None:
    client = proving()
    request = asked(client.start())
    client.receive(request, respond(request, 200), 0.0)
    request = asked(client.handle_timers(240.0))
    client.receive(request, respond(request, 503), 240.0)
    assert header(asked(client.stop()), "Expires") == "0"


def test_nothing_is_taken_away_that_was_never_there() -> None:
    client = proving()
    assert told(client.stop()) == [Unregistered()]
    assert client.start() == []


def test_late_and_foreign_answers_change_nothing() -> None:
    client = proving()
    request = asked(client.start())
    assert client.receive(request, respond(request, 100), 0.0) == []
    foreign = Request(request.method, request.uri, request.headers)
    assert client.receive(foreign, respond(request, 200), 0.0) == []
    client.receive(request, respond(request, 200), 0.0)
    assert client.receive(request, respond(request, 403), 0.1) == []
    assert client.state is State.REGISTERED


THREE = replace(WHAT, registrars=("sip:a.example", "sip:b.example", "sip:c.example"))


def away(client: RegistrationClient, effects: list[RegistrationEffect], now: float) -> list[object]:
    """Nobody answers, whoever is asked; the registrars asked and what is told at last."""
    seen: list[object] = []
    while any(isinstance(effect, Ask) for effect in effects):
        request = asked(effects)
        seen.append(request.uri)
        effects = client.failed(request, NoFinalResponse("REGISTER", 32.0), now)
    (last,) = told(effects)
    assert isinstance(last, NotRegistered)
    return [*seen, last.retry_s]


def test_the_next_registrar_is_asked_at_once_and_all_of_them_again_after_a_pause() -> None:
    client = RegistrationClient(THREE, dice=Longest())
    assert away(client, client.start(), 0.0) == [*THREE.registrars, 30.0]
    assert away(client, client.handle_timers(30.0), 30.0) == [*THREE.registrars, 60.0]
    request = asked(client.handle_timers(90.0))
    assert request.uri == "sip:a.example"


def test_the_registrar_that_took_it_keeps_it_until_it_fails() -> None:
    client = RegistrationClient(THREE, dice=Longest())
    first = asked(client.start())
    second = asked(client.receive(first, respond(first, 503), 0.0))
    assert told(client.receive(second, respond(second, 200), 0.0)) == [Registered(300)]
    refresh = asked(client.handle_timers(240.0))
    assert refresh.uri == "sip:b.example"
    third = asked(client.failed(refresh, NoFinalResponse("REGISTER", 32.0), 272.0))
    assert third.uri == "sip:c.example"


def test_good_bye_is_said_where_the_binding_is() -> None:
    client = RegistrationClient(THREE, dice=Longest())
    first = asked(client.start())
    client.receive(first, respond(first, 200), 0.0)
    refresh = asked(client.handle_timers(240.0))
    second = asked(client.receive(refresh, respond(refresh, 500), 240.0))
    assert second.uri == "sip:b.example"
    client.stop()
    leaving = asked(client.failed(second, NoFinalResponse("REGISTER", 32.0), 272.0))
    assert (leaving.uri, header(leaving, "Expires")) == ("sip:a.example", "0")


@pytest.mark.parametrize(("drawn", "pause_s"), [(0.0, 15.0), (0.5, 22.5), (1.0, 30.0)])
def test_pauses_are_spread(drawn: float, pause_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = Longest()
    monkeypatch.setattr(dice, "random", lambda: drawn)
    client = RegistrationClient(WHAT, dice=dice)
    assert away(client, client.start(), 0.0) == ["sip:example.com", pause_s]
