"""The HTTP application: every file in `web/routes/` adds its endpoints."""

import importlib
import json
import pkgutil
from collections.abc import Sequence

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from web import routes
from web.admission import Admission
from web.answers import problems_answered
from web.context import WebContext
from web.endpoints import Ask, Endpoint
from web.openapi import document
from web.settings import WebSettings

DOCUMENT_PATH = "/api/openapi.json"


def build_app(context: WebContext, settings: WebSettings, *, token: str) -> web.Application:
    """Everything that HTTP serves. `token`: to be presented for all that is not public."""
    app = web.Application(
        middlewares=[problems_answered], client_max_size=settings.body_limit_bytes
    )
    admission = Admission(token, settings.api_networks)
    found = endpoints()
    for endpoint in found:
        handler = _served(endpoint, context, settings, admission)
        app.router.add_route(endpoint.method, endpoint.path, handler)
    app.router.add_get(DOCUMENT_PATH, _document_served(found, context.version, admission))
    return app


def endpoints() -> Sequence[Endpoint]:
    """Those of each file in the folder, by file name."""
    found: list[Endpoint] = []
    for module in sorted(pkgutil.iter_modules(routes.__path__), key=lambda module: module.name):
        found += importlib.import_module(f"{routes.__name__}.{module.name}").ENDPOINTS
    return found


def _served(
    endpoint: Endpoint, context: WebContext, settings: WebSettings, admission: Admission
) -> Handler:
    async def serve(request: web.Request) -> web.StreamResponse:
        if not endpoint.public:
            admission.check(request)
        answer = await endpoint.handler(Ask(context, settings, request))
        if isinstance(answer, BaseModel):
            return web.Response(text=answer.model_dump_json(), content_type="application/json")
        return answer

    return serve


def _document_served(found: Sequence[Endpoint], version: str, admission: Admission) -> Handler:
    async def serve(request: web.Request) -> web.StreamResponse:
        admission.check(request)
        text = json.dumps(document(found, version), indent=2)
        return web.Response(text=text, content_type="application/json")

    return serve
