"""What supervisors and applications do with calls that go on."""

from events.ids import CallId, PhoneId
from events.supervision import Mode
from web.endpoints import Ask, Endpoint
from web.recording_models import Done, PlayingWished, RecordingWished, Supervise


async def supervise(ask: Ask) -> Done:
    wish = await ask.body(Supervise)
    ask.context.on_calls.supervise(CallId(ask.path("id")), PhoneId(wish.phone), Mode(wish.mode))
    return Done()


async def end_supervision(ask: Ask) -> Done:
    ask.context.on_calls.end_supervision(CallId(ask.path("id")))
    return Done()


async def wish_recording(ask: Ask) -> Done:
    wish = await ask.body(RecordingWished)
    ask.context.on_calls.wish_recording(CallId(ask.path("id")), wish.do)
    return Done()


async def control_playing(ask: Ask) -> Done:
    wish = await ask.body(PlayingWished)
    ask.context.on_calls.control_playing(CallId(ask.path("id")), wish.do, wish.amount)
    return Done()


async def begin_secure_entry(ask: Ask) -> Done:
    ask.context.on_calls.begin_secure_entry(CallId(ask.path("id")))
    return Done()


async def cancel_secure_entry(ask: Ask) -> Done:
    ask.context.on_calls.cancel_secure_entry(CallId(ask.path("id")))
    return Done()


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/api/v1/calls/{id}/supervise",
        summary="Let a supervisor's phone hear the call, or change the mode of one who does.",
        handler=supervise,
        answer=Done,
        body=Supervise,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/calls/{id}/supervise",
        summary="End the supervision; the call goes on.",
        handler=end_supervision,
        answer=Done,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/calls/{id}/recording",
        summary="Start, stop, pause or resume the recording of a call.",
        handler=wish_recording,
        answer=Done,
        body=RecordingWished,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/calls/{id}/playing",
        summary="Pause, resume or move about in what plays to the caller, or change its volume.",
        handler=control_playing,
        answer=Done,
        body=PlayingWished,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/calls/{id}/secure",
        summary="Let the caller type digits that neither the agent nor a recording hears.",
        handler=begin_secure_entry,
        answer=Done,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/calls/{id}/secure",
        summary="Break that off; the two hear each other again.",
        handler=cancel_secure_entry,
        answer=Done,
    ),
)
