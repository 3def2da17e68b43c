"""Port pairs: even, spread, never half taken, given back whole."""

import socket
from functools import partial

import pytest
from sentral_media_engine import Engine

from tests.media.engine.peer import LOOPBACK, port_range, running, wait_until


def is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def test_ports_are_even_pairs_from_the_range_and_start_anywhere() -> None:
    first, last = port_range(200)
    with running(Engine(first, last)) as engine:
        ports = [engine.open_leg(LOOPBACK)[1] for _ in range(60)]
        assert len(set(ports)) == 60
        assert all(first <= port < last and port % 2 == 0 for port in ports)
        assert ports != sorted(ports), "sixty ports in order are no accident"
        assert not any(is_free(port) or is_free(port + 1) for port in ports)
        assert engine.totals()["ports_in_use"] == 60


def test_busy_ports_are_skipped_and_a_full_range_says_so() -> None:
    first, last = port_range(6)
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy,
        running(Engine(first, last)) as engine,
    ):
        busy.bind((LOOPBACK, first + 3))  # the RTCP port of the middle pair
        ports = {engine.open_leg(LOOPBACK)[1] for _ in range(2)}
        assert ports == {first, first + 4}
        with pytest.raises(OSError, match=f"no free RTP port pair in {first}-{last}"):
            engine.open_leg(LOOPBACK)


def test_closed_ports_rest_and_named_ones_may_be_bound_again() -> None:
    first, last = port_range(2)
    with running(Engine(first, last, quarantine_s=3600)) as engine:
        leg, port = engine.open_leg(LOOPBACK)
        assert port == first
        engine.close_leg(leg)
        totals = engine.totals()
        assert (totals["legs"], totals["ports_in_use"], totals["ports_quarantined"]) == (0, 0, 1)
        with pytest.raises(OSError, match="no free RTP port pair"):
            engine.open_leg(LOOPBACK)
    with running(Engine(first, last)) as engine:
        assert engine.open_leg(LOOPBACK, port=first)[1] == first
        with pytest.raises(OSError, match="in use by another leg"):
            engine.open_leg(LOOPBACK, port=first)
        with pytest.raises(OSError, match="not even"):
            engine.open_leg(LOOPBACK, port=last)


def test_closing_the_engine_frees_every_port() -> None:
    engine = Engine(*port_range(100), workers=2)
    ports = [engine.open_leg(LOOPBACK)[1] for _ in range(20)]
    engine.close()
    engine.close()
    assert all(is_free(port) and is_free(port + 1) for port in ports)
    assert engine.totals()["legs"] == 0
    with pytest.raises(RuntimeError, match="closed"):
        engine.open_leg(LOOPBACK)


def test_ten_thousand_legs_leave_nothing_behind() -> None:
    first, last = port_range(200)
    with running(Engine(first, last, quarantine_s=0)) as engine:
        for _ in range(200):
            legs = [engine.open_leg(LOOPBACK) for _ in range(50)]
            for leg, _ in legs:
                engine.close_leg(leg)
            newest = legs[-1][1]
            wait_until(partial(is_free, newest))  # legs close in order
        totals = engine.totals()
        assert (totals["legs"], totals["ports_in_use"], totals["ports_quarantined"]) == (0, 0, 0)
    assert all(is_free(port) for port in range(first, last + 1))
