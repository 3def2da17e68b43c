"""A leg that goes on in the next process: same port and SSRC, sequence ahead, source kept."""

from sentral_media_engine import Engine

from tests.media.engine.peer import LOOPBACK, Events, Peer, connect, port_range, running, samples


def test_a_restored_leg_goes_on_where_the_old_one_was() -> None:
    ports = port_range()
    with Peer() as named, Peer() as real:
        with running(Engine(*ports)) as engine:
            leg = connect(engine, named, latch="nat")
            real.engine = named.engine
            real.send(bytes(160))
            assert Events(engine).next("latched")[3] == real.port
            engine.play(leg, [engine.load_sound(samples(160))], playback=1)
            before = real.hear()
            snapshot = engine.snapshot(leg)
        assert snapshot["source_port"] == real.port
        with running(Engine(*ports)) as engine:
            leg, port = engine.open_leg(LOOPBACK, snapshot=snapshot)
            assert port == named.engine[1]
            engine.set_remote(leg, LOOPBACK, named.port, latch="nat", signalling_ip=LOOPBACK)
            engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=101)
            engine.play(leg, [engine.load_sound(samples(160))], playback=1)
            after = real.hear()
        assert after.ssrc == before.ssrc
        ahead = (after.sequence - int(snapshot["sequence"])) & 0xFFFF
        assert 100 <= ahead < 0x8000, "forward, and beyond what may have been sent since"
        later = (after.timestamp - int(snapshot["timestamp"])) & 0xFFFFFFFF
        assert later >= 16_000
