"""The module as Python sees it: what the stub promises is there, and wrong values are refused."""

import ast
import select
from pathlib import Path

import pytest
import sentral_media_engine
from sentral_media_engine import Engine, LegStatistics

from tests.media.engine.peer import LOOPBACK, Peer, connect, port_range, running

STUB = Path(sentral_media_engine.__file__).parent / "__init__.pyi"


def promised(kind: str) -> set[str]:
    tree = ast.parse(STUB.read_text())
    (body,) = (n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == kind)
    methods = {node.name for node in body if isinstance(node, ast.FunctionDef)}
    fields = {ast.unparse(node.target) for node in body if isinstance(node, ast.AnnAssign)}
    return (methods | fields) - {"__new__"}


def offered(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def test_the_stub_promises_exactly_what_is_there() -> None:
    assert promised("Engine") == offered(Engine)
    assert promised("LegStatistics") == offered(LegStatistics)


def test_unknown_legs_and_sounds_are_key_errors() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        with pytest.raises(KeyError, match="no sound 99"):
            engine.play(leg, [99], playback=1)
        engine.close_leg(leg)
        with pytest.raises(KeyError, match=f"no leg {leg}"):
            engine.close_leg(leg)
        with pytest.raises(KeyError, match=f"no leg {leg}"):
            engine.statistics(leg)
        with pytest.raises(KeyError, match=f"no leg {leg}"):
            engine.bridge(leg, leg + 1)


def test_values_that_cannot_be_are_value_errors() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        with pytest.raises(ValueError, match="no codec"):
            engine.set_codec(leg, "G729", 18, dtmf_payload_type=None)
        with pytest.raises(ValueError, match="70 ms"):
            engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=None, ptime_ms=70)
        with pytest.raises(ValueError, match="payload type 200"):
            engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=200)
        with pytest.raises(ValueError, match="no latch policy"):
            engine.set_remote(leg, LOOPBACK, 9, latch="loose")
        with pytest.raises(ValueError, match="not an IP address"):
            engine.set_remote(leg, "localhost", 9)
        with pytest.raises(ValueError, match="no key"):
            engine.send_digit(leg, "E", 100)
        with pytest.raises(ValueError, match="no key"):
            engine.send_digit(leg, "12", 100)
        with pytest.raises(ValueError, match="half a 16-bit sample"):
            engine.load_sound(b"\x00\x00\x00")
        with pytest.raises(ValueError, match="itself"):
            engine.bridge(leg, leg)
        with pytest.raises(ValueError, match="not within 0-1e9"):
            engine.set_timeout(leg, float("nan"))
        with pytest.raises(ValueError, match='has no "ssrc"'):
            engine.open_leg(LOOPBACK, snapshot={"port": 22_100})


def test_a_range_without_a_pair_or_a_foreign_address_is_told() -> None:
    with pytest.raises(ValueError, match="no RTP port pair"):
        Engine(22_101, 22_102)
    with (
        running(Engine(*port_range())) as engine,
        pytest.raises(OSError, match="Cannot assign requested address"),
    ):
        engine.open_leg("192.0.2.1")


def test_the_event_descriptor_is_readable_exactly_while_events_wait() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)

        def readable(wait_s: float) -> bool:
            return bool(select.select([engine.event_fd], [], [], wait_s)[0])

        assert not readable(0)
        for playback in range(3):
            engine.play(leg, [], playback)
        got: list[object] = []
        while len(got) < 3:
            assert readable(5)
            got += [event[2] for event in engine.drain(at_most=1)]
        assert got == [0, 1, 2]
        assert engine.drain() == []
        assert not readable(0)
