"""Port pairs: even, spread, never half taken, given back whole."""

import socket

import pytest
from sentral_media_engine import Engine

from tests.media.engine.peer import LOOPBACK, running


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def test_ports_are_even_pairs_from_the_range_and_start_anywhere() -> None:
    with running(Engine(21_500, 21_899)) as engine:
        ports = [engine.open_leg(LOOPBACK)[1] for _ in range(60)]
        assert len(set(ports)) == 60
        assert all(21_500 <= port < 21_899 and port % 2 == 0 for port in ports)
        assert ports != sorted(ports), "sixty ports in order are no accident"
        assert not any(is_free(port) or is_free(port + 1) for port in ports)
        assert engine.totals()["ports_in_use"] == 60


def test_busy_ports_are_skipped_and_a_full_range_says_so() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy,
        running(Engine(21_500, 21_505)) as engine,
    ):
        busy.bind((LOOPBACK, 21_503))  # the RTCP port of the middle pair
        ports = {engine.open_leg(LOOPBACK)[1] for _ in range(2)}
        assert ports == {21_500, 21_504}
        with pytest.raises(OSError, match="no free RTP port pair in 21500-21505"):
            engine.open_leg(LOOPBACK)


def test_closed_ports_rest_and_named_ones_may_be_bound_again() -> None:
    with running(Engine(21_500, 21_501, quarantine_s=3600)) as engine:
        leg, port = engine.open_leg(LOOPBACK)
        engine.close_leg(leg)
        totals = engine.totals()
        assert (totals["legs"], totals["ports_in_use"], totals["ports_quarantined"]) == (0, 0, 1)
        with pytest.raises(OSError, match="no free RTP port pair"):
            engine.open_leg(LOOPBACK)
    with running(Engine(21_500, 21_501)) as engine:
        assert engine.open_leg(LOOPBACK, port=port)[1] == port
        with pytest.raises(OSError, match="in use by another leg"):
            engine.open_leg(LOOPBACK, port=port)
        with pytest.raises(OSError, match="not even"):
            engine.open_leg(LOOPBACK, port=21_501)


def test_closing_the_engine_frees_every_port() -> None:
    engine = Engine(21_500, 21_599, workers=2)
    ports = [engine.open_leg(LOOPBACK)[1] for _ in range(20)]
    engine.close()
    engine.close()
    assert all(is_free(port) and is_free(port + 1) for port in ports)
    assert engine.totals()["legs"] == 0
    with pytest.raises(RuntimeError, match="closed"):
        engine.open_leg(LOOPBACK)


def test_ten_thousand_legs_leave_nothing_behind() -> None:
    with running(Engine(10_000, 19_999, quarantine_s=0)) as engine:
        ports = set()
        open_legs: list[int] = []
        for _ in range(10_000):
            leg, port = engine.open_leg(LOOPBACK)
            ports.add(port)
            open_legs.append(leg)
            if len(open_legs) > 50:
                engine.close_leg(open_legs.pop(0))
        for leg in open_legs:
            engine.close_leg(leg)
        totals = engine.totals()
        assert (totals["legs"], totals["ports_in_use"], totals["ports_quarantined"]) == (0, 0, 0)
    assert all(is_free(port) and is_free(port + 1) for port in ports)
