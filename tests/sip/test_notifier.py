"""Subscriptions to our state: RFC 6665 §4.2, in a time that the test makes."""

import json
from collections.abc import Sequence

import pytest

from sip.address import Address
from sip.message import Headers, Request, Response, header, header_or_none
from sip.notifier import Answer, Notifier, NotifierLimits
from sip.subscription import Notify, State, Subscriber
from tests.sip.messages import request

SOURCE = Address("UDP", "192.0.2.9", 5060)
CONTACT = "<sip:192.0.2.1>"


class Weather:
    """A package whose resources are towns; "nowhere" is not one, and eve may see none."""

    name = "weather"
    content_type = "text/weather"

    def __init__(self) -> None:
        self.now: dict[str, str] = {"sky": "blue"}

    def admits(self, user: str, resource: str) -> int:
        if resource == "nowhere":
            return 404
        return 403 if user == "eve" else 200

    def state(self, resource: str, user: str) -> State:
        return dict(self.now)

    def body(self, resource: str, state: State, told: State | None, version: int) -> bytes:
        return json.dumps([version, state, told]).encode()


class Watch:
    """A notifier and one who watches."""

    def __init__(self, **limits: float) -> None:
        self.weather = Weather()
        self.limits = NotifierLimits(**limits)  # type: ignore[arg-type]
        self.notifier = Notifier([self.weather], self.limits)
        self.cseq = 0

    def request(
        self, *, call_id: str = "c1", to: str = "<sip:town@x>", headers: Headers = ()
    ) -> Request:
        self.cseq += 1
        return request(
            "SUBSCRIBE",
            "sip:town@x",
            headers=(("Contact", "<sip:bob@192.0.2.9>"), *headers),
            Call_ID=call_id,
            To=to,
            CSeq=f"{self.cseq} SUBSCRIBE",
        )

    def subscribe(
        self,
        now: float = 0.0,
        *,
        call_id: str = "c1",
        user: str = "bob",
        town: str = "town",
        event: str = "weather",
        expires: str | None = None,
        headers: Headers = (),
    ) -> Answer:
        wish: Headers = () if expires is None else (("Expires", expires),)
        asked = self.request(call_id=call_id, headers=(("Event", event), *wish, *headers))
        return self.notifier.subscribe(
            asked,
            Subscriber(user, SOURCE, behind_nat=True),
            town,
            now,
            local_tag=f"t-{call_id}",
            contact=CONTACT,
        )

    def refresh(self, now: float, *, expires: int = 3600, call_id: str = "c1") -> Answer:
        asked = self.request(
            call_id=call_id,
            to=f"<sip:town@x>;tag=t-{call_id}",
            headers=(("Event", "weather"), ("Expires", str(expires))),
        )
        return self.notifier.refresh(asked, now)

    def change(self, sky: str, now: float) -> list[Notify]:
        self.weather.now = {"sky": sky}
        return self.notifier.changed("weather", "town", now)

    def ok(self, notifies: Sequence[Notify], now: float = 0.0) -> list[Notify]:
        """The subscriber answers; what that leads to."""
        return [more for each in notifies for more in self.notifier.answered(each, 200, now)]


def read(notify: Notify) -> tuple[int, State, State | None]:
    version, state, told = json.loads(notify.request.body)
    return version, state, told


def state_of(notify: Notify) -> str:
    return header(notify.request, "Subscription-State")


def status(answer: Answer) -> tuple[int, str | None]:
    return answer.response.status, header_or_none(answer.response, "Expires")


def test_who_subscribes_is_told_the_state_at_once_and_each_change() -> None:
    watch = Watch()
    answer = watch.subscribe(headers=(("Accept", "text/weather"),))
    assert status(answer) == (200, "3600")
    assert header(answer.response, "To") == "<sip:town@x>;tag=t-c1"
    (first,) = answer.notifies
    assert read(first) == (0, {"sky": "blue"}, None)
    assert state_of(first) == "active;expires=3600"
    assert header(first.request, "Event") == "weather"
    assert header(first.request, "Content-Type") == "text/weather"
    assert (first.request.uri, header(first.request, "CSeq")) == ("sip:bob@192.0.2.9", "1 NOTIFY")
    assert header(first.request, "To") == '"Alice" <sip:alice@192.0.2.1>;tag=a'
    watch.ok(answer.notifies)
    (second,) = watch.change("grey", 10.0)
    assert read(second) == (1, {"sky": "grey"}, {"sky": "blue"})
    assert state_of(second) == "active;expires=3590"
    assert watch.ok([second], 10.0) == []
    assert watch.change("grey", 20.0) == []  # nothing new


def test_the_id_of_an_event_comes_back() -> None:
    (notify,) = Watch().subscribe(event="weather;id=7").notifies
    assert header(notify.request, "Event") == "weather;id=7"


def test_changes_while_a_notify_is_open_are_told_together_afterwards() -> None:
    watch = Watch(interval_s=0.0)
    opened = watch.subscribe().notifies
    assert watch.change("grey", 0.1) == []
    assert watch.change("red", 0.2) == []
    (later,) = watch.ok(opened, 0.3)
    assert read(later) == (1, {"sky": "red"}, {"sky": "blue"})


def test_a_change_that_is_undone_meanwhile_is_never_told() -> None:
    watch = Watch(interval_s=0.0)
    opened = watch.subscribe().notifies
    watch.change("grey", 0.1)
    watch.change("blue", 0.2)
    assert watch.ok(opened, 0.3) == []


def test_the_pace_is_bounded() -> None:
    watch = Watch(interval_s=5.0)
    watch.ok(watch.subscribe(now=0.0).notifies, 0.1)
    assert watch.change("grey", 1.0) == []
    assert watch.change("red", 2.0) == []
    assert watch.notifier.handle_timers(4.9) == []
    assert watch.notifier.next_deadline() == 5.0
    (late,) = watch.notifier.handle_timers(5.0)
    assert read(late)[1] == {"sky": "red"}


def test_a_refresh_prolongs_and_tells_everything_again() -> None:
    watch = Watch()
    watch.ok(watch.subscribe(expires="100").notifies)
    again = watch.refresh(50.0, expires=100)
    assert status(again) == (200, "100")
    assert read(again.notifies[0]) == (1, {"sky": "blue"}, None)
    watch.ok(again.notifies, 50.0)
    assert watch.notifier.handle_timers(149.0) == []
    (last,) = watch.notifier.handle_timers(150.0)
    assert state_of(last) == "terminated;reason=timeout"


def test_whoever_does_not_refresh_hears_that_it_is_over() -> None:
    watch = Watch()
    watch.ok(watch.subscribe(expires="60").notifies)
    assert watch.notifier.next_deadline() == 60.0
    (last,) = watch.notifier.handle_timers(60.0)
    assert state_of(last) == "terminated;reason=timeout"
    watch.ok([last], 60.0)
    assert len(watch.notifier) == 0
    assert watch.change("grey", 61.0) == []
    assert watch.refresh(62.0).response.status == 481


def test_expires_0_asks_once() -> None:
    watch = Watch()
    answer = watch.subscribe(expires="0")
    assert status(answer) == (200, "0")
    (only,) = answer.notifies
    assert (read(only)[1], state_of(only)) == ({"sky": "blue"}, "terminated;reason=timeout")
    watch.ok([only])
    assert len(watch.notifier) == 0


def test_expires_0_in_the_dialog_ends_it_even_while_a_notify_is_open() -> None:
    watch = Watch()
    opened = watch.subscribe().notifies
    ended = watch.refresh(1.0, expires=0)
    assert (status(ended), list(ended.notifies)) == ((200, "0"), [])
    (last,) = watch.ok(opened, 2.0)
    assert state_of(last) == "terminated;reason=timeout"
    assert watch.refresh(2.5).response.status == 481
    watch.ok([last], 3.0)
    assert len(watch.notifier) == 0


@pytest.mark.parametrize("code", [481, 408, 404, 489, 503])
def test_a_notify_that_nobody_takes_ends_it(code: int) -> None:
    watch = Watch()
    (first,) = watch.subscribe().notifies
    assert watch.notifier.answered(first, code, 1.0) == []
    assert len(watch.notifier) == 0
    assert watch.notifier.answered(first, 200, 2.0) == []  # the late copy of an answer


@pytest.mark.parametrize(
    ("asked", "refused"),
    [
        ({"town": "nowhere"}, 404),
        ({"user": "eve"}, 403),
        ({"expires": "10"}, 423),
        ({"headers": (("Accept", "text/plain"),)}, 406),
    ],
)
def test_what_is_refused(asked: dict[str, object], refused: int) -> None:
    watch = Watch()
    answer = watch.subscribe(**asked)  # type: ignore[arg-type]
    assert (answer.response.status, list(answer.notifies)) == (refused, [])
    assert len(watch.notifier) == 0
    if refused == 423:
        assert header(answer.response, "Min-Expires") == "60"


@pytest.mark.parametrize("event", ["presence", ""])
def test_an_event_that_nobody_knows_gets_489_with_those_that_are(event: str) -> None:
    watch = Watch()
    headers: Headers = (("Event", event),) if event else ()
    refused = watch.notifier.unknown_event(watch.request(headers=headers), to_tag="t")
    assert isinstance(refused, Response)
    assert (refused.status, header(refused, "Allow-Events")) == (489, "weather")
    known = watch.request(headers=(("Event", "Weather;id=1"),))
    assert watch.notifier.unknown_event(known, to_tag="t") is None


def test_what_was_sent_earlier_does_not_undo_what_was_sent_later() -> None:
    watch = Watch()
    watch.subscribe()
    watch.refresh(1.0)
    watch.cseq -= 1
    assert watch.refresh(2.0, expires=0).response.status == 500
    assert len(watch.notifier) == 1


def test_nobody_fills_the_table() -> None:
    watch = Watch(max_per_user=2, max_total=3)
    given = [
        watch.subscribe(call_id=f"{user}{n}", user=user).response.status
        for user in ("bob", "carol")
        for n in range(3)
    ]
    assert given == [200, 200, 480, 200, 480, 480]
    watch.ok(watch.refresh(1.0, expires=0, call_id="bob0").notifies, 1.0)
    (open_one,) = [s for s in watch.notifier.snapshot(1.0) if s["dialog"]["call_id"] == "bob1"]
    assert open_one["resource"] == "town"


def test_many_refreshes_leave_one_timer() -> None:
    watch = Watch()
    watch.subscribe()
    for second in range(1, 500):
        watch.refresh(float(second))
    assert len(watch.notifier._deadlines) < 10


def test_a_restart_goes_on_with_numbers_that_were_never_used() -> None:
    watch = Watch()
    watch.ok(watch.subscribe(expires="1000").notifies)
    watch.ok(watch.change("grey", 5.0), 5.0)
    kept = json.loads(json.dumps(watch.notifier.snapshot(10.0)))
    later = Notifier([watch.weather], watch.limits)
    (told,) = later.restore(kept, 3.0, elapsed_s=90.0)
    assert int(header(told.request, "CSeq").split()[0]) > 10_000
    version, state, known = read(told)
    assert (version > 10_000, state, known) == (True, {"sky": "grey"}, None)
    assert state_of(told) == "active;expires=900"
    assert Notifier([watch.weather]).restore(kept, 3.0, elapsed_s=1000.0) == []
    assert Notifier([]).restore(kept, 3.0) == []
