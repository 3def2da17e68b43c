"""Queues: who waits, and who could help."""

from web.endpoints import Ask, Endpoint
from web.models import Queues
from web.views import queue_of


async def list_queues(ask: Ask) -> Queues:
    now = ask.context.steady()
    return Queues(queues=[queue_of(view, now) for view in ask.context.queues()])


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/queues",
        summary="Every queue at this moment.",
        handler=list_queues,
        answer=Queues,
    ),
)
