"""Queues: who waits, who could help, and whether they are open."""

from events.ids import QueueName
from web.endpoints import Ask, Endpoint
from web.models import CloseQueue, OpenQueue, Queue, Queues
from web.problems import Problem
from web.views import queue_of


async def list_queues(ask: Ask) -> Queues:
    now = ask.context.steady()
    return Queues(queues=[queue_of(view, now) for view in ask.context.queues()])


async def close_queue(ask: Ask) -> Queue:
    wish = await ask.body(CloseQueue)
    ask.context.close_queue(QueueName(ask.path("id")), wish.reason, wish.by, wish.waiting)
    return _queue(ask)


async def open_queue(ask: Ask) -> Queue:
    wish = await ask.body(OpenQueue)
    ask.context.open_queue(QueueName(ask.path("id")), wish.by)
    return _queue(ask)


def _queue(ask: Ask) -> Queue:
    wanted = ask.path("id")
    for view in ask.context.queues():
        if view.name == wanted:
            return queue_of(view, ask.context.steady())
    raise Problem(404, f"there is no queue {wanted}")


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/queues",
        summary="Every queue at this moment.",
        handler=list_queues,
        answer=Queues,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/queues/{id}/close",
        summary="Let nobody in any more, at once and through restarts, until somebody opens it.",
        handler=close_queue,
        answer=Queue,
        body=CloseQueue,
    ),
    Endpoint(
        method="POST",
        path="/api/v1/queues/{id}/open",
        summary="Lift a closure by hand; the queue's hours still count.",
        handler=open_queue,
        answer=Queue,
        body=OpenQueue,
    ),
)
