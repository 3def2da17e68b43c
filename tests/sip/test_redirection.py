"""Where a 3xx leads, and who diverted a call: read, written, and read again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sip.message import Headers, Request
from sip.redirection import (
    MAX_CONTACTS,
    Diversion,
    Style,
    contacts,
    diversion_headers,
    read_diversions,
)


@pytest.mark.parametrize(
    ("status", "values", "uris"),
    [
        (302, ["<sip:a@h>"], ["sip:a@h"]),
        (302, ["<sip:a@h>;q=0.2, <sip:b@h>;q=0.9", "<tel:+1>"], ["tel:+1", "sip:b@h", "sip:a@h"]),
        (300, ["<sip:a@h>;q=nonsense"], ["sip:a@h"]),
        (301, ["nonsense", "<sip:b@h>"], ["sip:b@h"]),
        (302, ["<sip:x@h>"] * 9, ["sip:x@h"] * MAX_CONTACTS),
        (302, [], []),
        (305, ["<sip:proxy@h>"], []),
        (380, ["<sip:a@h>"], []),
        (486, ["<sip:a@h>"], []),
    ],
)  # fmt: skip
def test_where_a_response_leads(status: int, values: list[str], uris: list[str]) -> None:
    headers = tuple(("Contact", value) for value in values)
    assert contacts(status, headers) == tuple(uris)


def invite(*headers: tuple[str, str]) -> Request:
    return Request("INVITE", "sip:us@h", headers)


@pytest.mark.parametrize(
    ("headers", "diversions"),
    [
        ([], []),
        (
            [
                ("Diversion", '"Ayu" <sip:+62811@h>;reason=user-busy;counter=1'),
                ("Diversion", "<tel:+62-822>;reason=no-answer, nonsense, <sip:3@h>"),
            ],
            [
                Diversion("+62811", "user-busy", "Ayu"),
                Diversion("+62822", "no-answer"),
                Diversion("3"),
            ],
        ),
        ([("Diversion", '<sip:3@h>;reason="Follow Me"')], [Diversion("3")]),
        (
            [
                ("History-Info", "<sip:1001@h>;index=1, <sip:1002@h;cause=486>;index=1.1;mp=1"),
                ("History-Info", "<sip:1003@h;cause=408>;index=1.1.1"),
            ],
            [Diversion("1002", "no-answer"), Diversion("1001", "user-busy")],
        ),
        (
            [("History-Info", "<sip:1@h?Reason=SIP%3Bcause%3D302>;index=1, <sip:2@h>;index=1.1")],
            [Diversion("1", "unconditional")],
        ),
        ([("History-Info", "<sip:1001@h>;index=1")], []),
        ([("History-Info", "<sip:1@h?Reason=%3B%3D>;index=1, <sip:2@h>;index=1.1")], []),
    ],
)
def test_who_diverted_a_call(headers: list[tuple[str, str]], diversions: list[Diversion]) -> None:
    assert read_diversions(invite(*headers)) == tuple(diversions)


DIVERSIONS = st.lists(
    st.builds(
        Diversion,
        st.from_regex(r"\+?[0-9]{1,15}", fullmatch=True),
        st.sampled_from(["unconditional", "no-answer", "user-busy", "unavailable"]),
    ),
    min_size=1,
    max_size=5,
)


@given(DIVERSIONS, st.sampled_from(["diversion", "history_info"]))
def test_what_is_written_is_read_again(diversions: list[Diversion], style: Style) -> None:
    written = diversion_headers(diversions, style=style, domain="centre.test", target="sip:9@gw")
    assert read_diversions(invite(*written)) == tuple(diversions)


def test_history_names_the_target_last() -> None:
    told = [Diversion("3001", "user-busy", "Ayu")]
    written: Headers = diversion_headers(
        told, style="history_info", domain="centre.test", target="sip:+62811@gw"
    )
    assert [value for _, value in written] == [
        '"Ayu" <sip:3001@centre.test>;index=1',
        "<sip:+62811@gw;cause=486>;index=1.1;mp=1",
    ]


def test_a_trunk_that_wants_no_history_gets_none() -> None:
    assert diversion_headers([Diversion("3")], style="none", domain="h", target="sip:9@gw") == ()
