"""What the API does with calls that go on."""

from calls.call import Call
from calls.play_control import PlayWish, control
from calls.problems import Refused
from calls.recording.wishes import fulfil
from events.ids import CallId
from ivr.caller import RecordingWish
from sentral.composition import Parts
from web.call_actions import CallActions


def call_actions(parts: Parts) -> CallActions:
    supervisors = parts.centre.services.supervisors
    entries = parts.centre.secure_entries

    def going_on(call: CallId) -> Call:
        found = parts.centre.calls.get(call)
        if found is None:
            raise Refused(f"there is no call {call} going on")
        return found

    def control_playing(call: CallId, wish: str, amount: float) -> None:
        control(going_on(call), PlayWish(wish), amount)

    def wish_recording(call: CallId, wish: str) -> None:
        if not fulfil(going_on(call).recorder, RecordingWish(wish), by="api"):
            raise Refused(
                "nothing is recorded, or the caller types digits that nobody may know"
                if wish != "start"
                else "the caller has not heard the notice that recording.notice requires"
            )

    return CallActions(
        wish_recording=wish_recording,
        control_playing=control_playing,
        supervise=supervisors.ring,
        end_supervision=supervisors.leave,
        begin_secure_entry=lambda call: entries.begin(call, "api"),
        cancel_secure_entry=entries.cancel,
    )
