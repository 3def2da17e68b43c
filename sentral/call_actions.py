"""What the API does with calls that go on."""

from calls.problems import Refused
from calls.recording.wishes import fulfil
from events.ids import CallId
from ivr.caller import RecordingWish
from sentral.composition import Parts
from web.call_actions import CallActions


def call_actions(parts: Parts) -> CallActions:
    supervisors = parts.centre.services.supervisors
    entries = parts.centre.secure_entries

    def wish_recording(call: CallId, wish: str) -> None:
        going_on = parts.centre.calls.get(call)
        if going_on is None:
            raise Refused(f"there is no call {call} going on")
        if not fulfil(going_on.recorder, RecordingWish(wish), by="api"):
            raise Refused(
                "nothing is recorded, or the caller types digits that nobody may know"
                if wish != "start"
                else "the caller has not heard the notice that recording.notice requires"
            )

    return CallActions(
        wish_recording=wish_recording,
        supervise=supervisors.ring,
        end_supervision=supervisors.leave,
        begin_secure_entry=lambda call: entries.begin(call, "api"),
        cancel_secure_entry=entries.cancel,
    )
