"""What flows and supervisors may want of a call's recording."""

from calls.recording.recorder import Recorder
from ivr.caller import RecordingWish


def fulfil(recorder: Recorder, wish: RecordingWish, *, by: str) -> bool:
    """Whether it could be done; `by`: "flow", "api", "agent"."""
    match wish:
        case RecordingWish.ANNOUNCED | RecordingWish.CONSENTED:
            recorder.permit("announced" if wish is RecordingWish.ANNOUNCED else "consented")
            return True
        case RecordingWish.REFUSED:
            recorder.refuse()
            return True
        case RecordingWish.START | RecordingWish.STOP:
            return recorder.ask(wish is RecordingWish.START, by)
        case RecordingWish.PAUSE:
            return recorder.pause(by)
        case RecordingWish.RESUME:
            return recorder.resume(by)
