"""Is it alive, is it ready, and its numbers: no token needed."""

import asyncio

from aiohttp import web

from web.endpoints import Ask, Endpoint
from web.models import Health, Readiness


async def health(_ask: Ask) -> Health:
    return Health()


async def readiness(ask: Ask) -> web.Response:
    reasons = list(ask.context.not_ready())
    answer = Readiness(ready=not reasons, reasons=reasons)
    return web.Response(
        status=503 if reasons else 200,
        text=answer.model_dump_json(),
        content_type="application/json",
    )


async def metrics(ask: Ask) -> web.Response:
    ask.context.refresh_metrics()
    body = await asyncio.to_thread(ask.context.render_metrics)
    return web.Response(body=body, headers={"Content-Type": ask.context.metrics_type})


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/healthz",
        summary="Whether the process answers at all.",
        handler=health,
        answer=Health,
        public=True,
    ),
    Endpoint(
        method="GET",
        path="/readyz",
        summary="Whether calls can be served; 503 and the reasons if not.",
        handler=readiness,
        answer=Readiness,
        public=True,
    ),
    Endpoint(
        method="GET",
        path="/metrics",
        summary="The numbers, for Prometheus.",
        handler=metrics,
        public=True,
        content_type="text/plain",
    ),
)
