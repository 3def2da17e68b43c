"""What a phone shows of a call: by the centre's settings, and by the queue's own."""

from typing import Any

import pytest

from calls.leg import Party
from calls.presentation import ELSEWHERE, LONGEST_HEADER, Known, Presentation
from calls.settings import CallQueueSettings, PresentationSettings
from events.ids import CallId, QueueName

CALL, QUEUE = CallId("c7"), QueueName("billing")
CITRA, UNNAMED, NOBODY = Party("62811", "Citra"), Party("62811"), Party("")


def presentation(queue: dict[str, Any] | None = None, **settings: Any) -> Presentation:
    return Presentation(
        PresentationSettings(**settings),
        {QUEUE: CallQueueSettings(**(queue or {}))},
        domain="centre.example",
    )


@pytest.mark.parametrize(
    ("settings", "queue", "caller", "display"),
    [
        ({}, {}, CITRA, "billing · Citra"),
        ({}, {}, UNNAMED, "billing · 62811"),
        ({}, {}, NOBODY, "billing · anonymous"),
        ({}, {"label": "Billing"}, UNNAMED, "Billing · 62811"),
        ({"display": "{number} for {queue}"}, {}, CITRA, "62811 for billing"),
        ({}, {"display": "{name} ({dialled})"}, CITRA, "Citra (1001)"),
        ({}, {}, Party("1", "x" * 500), f"billing · {'x' * 110}"),
    ],
)
def test_the_name_that_a_phone_shows(
    settings: dict[str, str], queue: dict[str, str], caller: Party, display: str
) -> None:
    shown = presentation(queue, **settings).of(CALL, caller, dialled="1001", queue=QUEUE)
    assert shown.display == display


def test_a_call_to_the_phone_itself_names_the_caller_alone() -> None:
    shown = presentation(alert_info="<http://h/x>").of(CALL, CITRA, dialled="3001")
    assert (shown.user, shown.display) == ("62811", "Citra")
    assert shown.headers == (("Alert-Info", "<http://h/x>"), ("X-Sentral-Call", "c7"))


@pytest.mark.parametrize(
    ("caller_in", "user", "asserted"),
    [("from", "62811", None), ("asserted", "billing", True), ("both", "62811", True)],
)
def test_where_the_callers_number_stands(caller_in: str, user: str, asserted: bool | None) -> None:
    shown = presentation(caller_in=caller_in).of(CALL, CITRA, dialled="1001", queue=QUEUE)
    assert shown.user == user
    told = dict(shown.headers).get("P-Asserted-Identity")
    assert told == (asserted and '"Citra" <sip:62811@centre.example>')


@pytest.mark.parametrize(
    ("centre", "queue", "alert"),
    [
        ("", None, None),
        ("<http://h/ring>", None, "<http://h/ring>"),
        ("<http://h/ring>", "<http://h/{queue}>;info=vip", "<http://h/billing>;info=vip"),
        ("<http://h/ring>", "", None),
    ],
)
def test_how_a_phone_rings(centre: str, queue: str | None, alert: str | None) -> None:
    shown = presentation({"alert_info": queue}, alert_info=centre)
    headers = dict(shown.of(CALL, CITRA, dialled="1001", queue=QUEUE).headers)
    assert headers.get("Alert-Info") == alert


def test_headers_can_be_renamed_and_left_out() -> None:
    shown = presentation(call_header="X-Call", queue_header="")
    assert shown.of(CALL, CITRA, dialled="1001", queue=QUEUE).headers == (("X-Call", "c7"),)


def test_what_colleagues_found_out_is_shown() -> None:
    variables = {"account": "47 11;x\r\nX-Evil: 1", "items": [1], "vip": True, "pin": "1234"}
    known = Known(("Budi", "Zoë"), variables)
    asked = presentation(collected=("account", "items", "vip", "nothing"))
    shown = asked.of(CALL, CITRA, dialled="1001", queue=QUEUE, known=known)
    assert shown.display == "billing · Citra · Budi, Zoë"
    headers = dict(shown.headers)
    assert headers["X-Sentral-Spoke"] == "Budi, Zo%C3%AB"
    assert headers["X-Sentral-Collected"] == "account=47%2011%3Bx%0D%0AX-Evil%3A%201;vip=True"


def test_what_was_collected_stays_in_a_datagram_and_in_the_house() -> None:
    asked = presentation(collected=tuple(f"v{n}" for n in range(50)))
    known = Known((), {f"v{n}": "é" * 500 for n in range(50)})
    shown = asked.of(CALL, CITRA, dialled="1001", queue=QUEUE, known=known)
    assert len(dict(shown.headers)["X-Sentral-Collected"]) <= LONGEST_HEADER
    direct = asked.of(CALL, CITRA, dialled="3001", known=Known(("Budi",), {"v1": "x"}))
    assert direct.headers == (("X-Sentral-Call", "c7"),), "it may go out through a trunk"


@pytest.mark.parametrize(
    ("centre", "queue", "elsewhere", "unmissed"),
    [
        ("unless_answered", None, True, True),
        ("unless_answered", None, False, False),
        ("always", None, True, False),
        ("never", None, False, True),
        ("never", "always", True, False),
    ],
)
def test_which_calls_a_phone_lists_as_missed(
    centre: str, queue: str | None, elsewhere: bool, unmissed: bool
) -> None:
    asked = presentation({"missed_calls": queue}, missed_calls=centre)
    told = asked.farewell(QUEUE, answered_elsewhere=elsewhere)
    assert told == (ELSEWHERE if unmissed else ())


@pytest.mark.parametrize(
    "settings",
    [
        {"display": "{phone}"},
        {"direct_display": "{0}"},
        {"display": "{queue"},
        {"alert_info": "<http://h>\r\nX-Evil: 1"},
        {"call_header": "X Call"},
    ],
)
def test_what_cannot_be_shown_is_refused_when_it_is_read(settings: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"may name|line breaks|header's name"):
        PresentationSettings(**settings)  # type: ignore[arg-type]
