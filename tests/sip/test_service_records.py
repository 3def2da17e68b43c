"""Which records are used, and in which order."""

from collections import Counter
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from sip.service_records import Naptr, Srv, in_order, usable

UDP = Naptr(20, 1, "SIP+D2U", "_sip._udp.example.com.")
TCP = Naptr(10, 2, "sip+d2t", "_sip._tcp.example.com.")
TLS = Naptr(10, 1, "SIPS+D2T", "_sips._tcp.example.com.")
SCTP = Naptr(1, 1, "SIP+D2S", "_sip._sctp.example.com.")

RECORDS = st.lists(
    st.builds(
        Srv,
        st.integers(0, 3),
        st.integers(0, 100),
        st.integers(1, 65535),
        st.sampled_from(["a.", "b.", "c."]),
    ),
    max_size=10,
)


def test_order_comes_before_preference_and_only_what_we_serve_counts() -> None:
    assert usable([UDP, TCP, TLS, SCTP], ["UDP", "TCP"], secure=False) == [TCP, UDP]


def test_a_sips_uri_takes_nothing_but_sips() -> None:
    assert usable([UDP, TCP, TLS], ["UDP", "TCP", "TLS"], secure=True) == [TLS]


@given(RECORDS, st.randoms(use_true_random=False))
def test_every_record_stands_once_and_priorities_rise(records: list[Srv], dice: Random) -> None:
    ordered = in_order(records, dice)
    assert Counter(ordered) == Counter(records)
    assert [each.priority for each in ordered] == sorted(each.priority for each in records)


def test_weights_share_the_load() -> None:
    heavy, light = Srv(1, 3, 5060, "heavy."), Srv(1, 1, 5060, "light.")
    dice = Random(7)
    firsts = Counter(in_order([light, heavy], dice)[0].target for _ in range(4000))
    assert 2700 < firsts["heavy."] < 3300


def test_a_dot_means_that_nobody_serves() -> None:
    assert in_order([Srv(1, 1, 0, ".")], Random(1)) == []
