"""What an endpoint is: a method, a path, what it takes and gives. The OpenAPI document reads it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from web.context import WebContext
from web.problems import Problem
from web.settings import WebSettings

ModelT = TypeVar("ModelT", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Ask:
    """One request, as a handler sees it."""

    context: WebContext
    settings: WebSettings
    request: web.Request

    def path(self, name: str) -> str:
        return self.request.match_info[name]

    def query(self, kind: type[ModelT]) -> ModelT:
        """The query string, checked.

        Raises:
            Problem: it does not fit; 400 names every fault.
        """
        return _checked(kind, dict(self.request.query), "the query")

    async def body(self, kind: type[ModelT]) -> ModelT:
        """The JSON body, checked; an absent one is an empty object.

        Raises:
            Problem: it is no JSON, or does not fit.
            web.HTTPRequestEntityTooLarge: it is larger than the settings allow.
        """
        text = await self.request.read()
        try:
            return kind.model_validate_json(text or b"{}")
        except ValidationError as error:
            raise Problem(400, _faults("the body", error)) from error


Handler: TypeAlias = Callable[[Ask], Awaitable[BaseModel | web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A file in `web/routes/` lists its own as `ENDPOINTS`.

    Attributes:
        path: with names in braces, e.g. "/api/v1/calls/{id}".
        answer: model of the answer, None for text, bytes or a stream.
        public: needs no token.
        content_type: of the answer, for the document.
    """

    method: Literal["GET", "POST", "DELETE"]
    path: str
    summary: str
    handler: Handler
    answer: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    body: type[BaseModel] | None = None
    public: bool = False
    content_type: str = "application/json"


def _checked(kind: type[ModelT], values: dict[str, Any], where: str) -> ModelT:
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise Problem(400, _faults(where, error)) from error


def _faults(where: str, error: ValidationError) -> str:
    """Every fault in one line each; never the value, which may be a secret."""
    lines = []
    for fault in error.errors(include_url=False, include_input=False, include_context=False):
        path = ".".join(str(part) for part in fault["loc"]) or where
        lines.append(f"{path}: {fault['msg']}")
    return "; ".join(lines)
