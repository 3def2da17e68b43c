"""What the engine hears in a peer's sound, as events."""

from media.engine_face import Event
from media.events import AnswerDetected, AnsweredBy, BeepHeard, Cue, SpeechBegan, SpeechEnded


def cue_of(event: Event) -> Cue:
    """Of an event of the engine that tells something heard; any other is a mistake of ours."""
    match event:
        case ("speech_began", _, _, _):
            return SpeechBegan()
        case ("speech_ended", _, int(spoke_ms), _):
            return SpeechEnded(spoke_ms / 1000)
        case ("answered_by", _, str(by), str(told_by)):
            return AnswerDetected(AnsweredBy(by), told_by)
        case ("beep", _, int(hz), int(lasted_ms)):
            return BeepHeard(hz, lasted_ms / 1000)
        case _:
            raise AssertionError(f"the engine told {event!r}")
