"""What supervisors and applications do with calls that go on."""

from events.ids import CallId, PhoneId
from events.supervision import Mode
from web.endpoints import Ask, Endpoint
from web.recording_models import Done, RecordingWished, Supervise


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
)
