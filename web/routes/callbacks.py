"""Call-backs: who is to be called, and who must never be."""

from calls.callback_book import OpenCallBack
from events.ids import CallBackId
from web.callback_models import Bar, BarQuery, Barred, CallBack, CallBacks
from web.endpoints import Ask, Endpoint
from web.recording_models import Done

BY = "api"


async def list_callbacks(ask: Ask) -> CallBacks:
    desk = ask.context.callbacks
    open_ = sorted(desk.open(), key=lambda one: one.since)
    return CallBacks(callbacks=[_shown(one, desk.number(one.party)) for one in open_])


async def cancel_callback(ask: Ask) -> Done:
    ask.context.callbacks.cancel(CallBackId(ask.path("id")))
    return Done()


async def is_barred(ask: Ask) -> Barred:
    return Barred(barred=ask.context.callbacks.is_barred(ask.query(BarQuery).number))


async def bar(ask: Ask) -> Barred:
    wish = await ask.body(Bar)
    ask.context.callbacks.bar(wish.number, wish.by or BY)
    return Barred(barred=True)


async def allow(ask: Ask) -> Barred:
    desk, number = ask.context.callbacks, ask.path("number")
    desk.allow(number, BY)
    return Barred(barred=desk.is_barred(number))


def _shown(one: OpenCallBack, number: str) -> CallBack:
    return CallBack(
        id=one.id,
        queue=one.queue,
        number=number,
        requested_at=one.requested_at,
        since=one.since,
        attempts=one.attempts,
        call=one.call,
    )


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/callbacks",
        summary="Customers who are to be called back, those who have waited longest first.",
        handler=list_callbacks,
        answer=CallBacks,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/callbacks/{id}",
        summary="Call this customer back no more; a call that rings them ends.",
        handler=cancel_callback,
        answer=Done,
    ),
    Endpoint(
        method="GET",
        path="/api/v1/do-not-call",
        summary="Whether a number is on the do-not-call list.",
        handler=is_barred,
        answer=Barred,
        query=BarQuery,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/do-not-call",
        summary="Never call a number back, from now on and through restarts.",
        handler=bar,
        answer=Barred,
        body=Bar,
    ),
    Endpoint(
        method="DELETE",
        path="/api/v1/do-not-call/{number}",
        summary="Let a number be called again; a line of the do-not-call file still counts.",
        handler=allow,
        answer=Barred,
    ),
)
