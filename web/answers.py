"""Whatever goes wrong is answered as JSON problem details, never with a traceback."""

from http import HTTPStatus

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from calls.problems import Refused
from records.past import DatabaseAway
from web.models import ProblemDetails
from web.problems import Problem

_log = structlog.get_logger(__name__)


@web.middleware
async def problems_answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Problem as problem:
        return problem_response(problem.status, problem.detail)
    except Refused as refusal:
        return problem_response(409, str(refusal))
    except DatabaseAway as trouble:
        return problem_response(503, str(trouble))
    except web.HTTPException as error:
        return _of_aiohttp(request, error)
    except Exception:
        _log.exception("http_handler_failed", method=request.method, path=request.path)
        return problem_response(500, "our fault; the log says more")


def problem_response(status: int, detail: str) -> web.Response:
    title = HTTPStatus(status).phrase
    details = ProblemDetails(title=title, status=status, detail=detail)
    headers = {"WWW-Authenticate": 'Bearer realm="sentral"'} if status == 401 else {}
    return web.Response(
        status=status,
        text=details.model_dump_json(),
        content_type="application/problem+json",
        headers=headers,
    )


def _of_aiohttp(request: web.Request, error: web.HTTPException) -> web.StreamResponse:
    if error.status < 400:
        raise error
    match error:
        case web.HTTPNotFound():
            detail = f"there is nothing at {request.path}"
        case web.HTTPMethodNotAllowed():
            allowed = ", ".join(sorted(error.allowed_methods))
            detail = f"{request.path} takes {allowed}"
        case web.HTTPRequestEntityTooLarge():
            detail = "the body is larger than web.body_limit_bytes"
        case _:
            detail = error.text or error.reason
    answer = problem_response(error.status, detail)
    if isinstance(error, web.HTTPMethodNotAllowed):
        answer.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
    return answer
