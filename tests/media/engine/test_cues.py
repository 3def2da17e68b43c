"""Cues in a peer's sound: who speaks, who answered, a beep; over packets, told only when asked."""

import math
from collections.abc import Sequence

from sentral_media_engine import Engine

from media.answering import AnswerRules
from tests.media.engine.g711 import ulaw_of_linear
from tests.media.engine.peer import Events, Peer, connect, port_range, running, wait_until

FRAME = 160


def sound(*parts: tuple[float, int]) -> list[int]:
    """A buzz of many harmonics for as long as each says, or at 0 Hz silence."""
    samples: list[int] = []
    for seconds, hz in parts:
        count = round(seconds * 8000)
        step = math.tau * hz / 8000
        wave = (sum(math.sin(step * n * part) for part in range(1, 8)) for n in range(count))
        samples += [round(1500 * level) for level in wave]
    return samples


def tone(seconds: float, hz: int) -> list[int]:
    return [round(6000 * math.sin(math.tau * hz * n / 8000)) for n in range(round(seconds * 8000))]


def say(peer: Peer, samples: Sequence[int]) -> int:
    """Send it all at once; how many packets that were."""
    for start in range(0, len(samples), FRAME):
        frame = samples[start : start + FRAME]
        peer.send(bytes(min(ulaw_of_linear(sample)) for sample in frame))
    return len(range(0, len(samples), FRAME))


def test_speech_is_told_when_it_begins_and_when_it_has_ended() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        engine.hear_speech(leg, 500)
        events = Events(engine)
        say(peer, sound((0.2, 0), (0.6, 130), (0.1, 0)))  # and then nothing comes at all
        assert events.next("speech_began") == ("speech_began", leg, None, None)
        _, _, spoke_ms, _ = events.next("speech_ended")
        assert isinstance(spoke_ms, int)
        assert 540 <= spoke_ms <= 720


def test_nothing_is_told_to_who_did_not_ask() -> None:
    with running(Engine(*port_range())) as engine, Peer() as peer:
        leg = connect(engine, peer)
        engine.hear_speech(leg, 500)
        engine.hear_speech(leg, 0)
        engine.hear_beep(leg, False)
        sent = say(peer, [*sound((0.5, 130), (0.9, 0)), *tone(0.4, 1000), *sound((0.5, 0))])
        wait_until(lambda: engine.statistics(leg).packets_received == sent)
        kinds = {event[0] for event in engine.drain()}
        assert kinds <= {"latched"}


def test_who_answered_is_told_by_the_first_words_and_the_beep_after_them() -> None:
    rules = AnswerRules().in_ms()
    with running(Engine(*port_range())) as engine, Peer() as person, Peer() as machine:
        legs = connect(engine, person), connect(engine, machine)
        for leg in legs:
            engine.detect_answer(leg, **rules)
            engine.hear_beep(leg, True)
        events = Events(engine)
        say(person, sound((0.2, 0), (0.5, 140), (1.0, 0)))
        assert events.next("answered_by") == ("answered_by", legs[0], "person", "pause")
        say(machine, sound((0.2, 0), (2.0, 120), (0.3, 0)))
        assert events.next("answered_by") == ("answered_by", legs[1], "machine", "long_greeting")
        say(machine, [*tone(0.5, 1400), *sound((0.2, 0))])
        _, leg, hz, lasted_ms = events.next("beep")
        assert isinstance(hz, int)
        assert isinstance(lasted_ms, int)
        assert leg == legs[1]
        assert abs(hz - 1400) <= 10
        assert abs(lasted_ms - 500) <= 40
