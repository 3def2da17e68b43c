"""http: ask a web service, and take what is needed from its JSON answer."""

import asyncio
import re
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import quote, urlencode

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from ivr.caller import Caller
from ivr.entering import Plain, value_of
from ivr.expressions import Computed
from ivr.fetching import FetchFailed, HttpAnswer, HttpQuestion
from ivr.filler import while_hearing
from ivr.names import NodeName, VariableName
from ivr.node import Exit, Node, Sound
from ivr.spoken import Prompts, said

_ORIGIN: Final = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(?=[/?]|$)[^#]*")
_PAUSE_S: Final = 0.25
"""Before it is tried again; doubled each time."""


class FromAnswer(Computed):
    """A value computed from `answer`, the JSON, and `status`, besides the call's variables."""

    __slots__ = ()

    def __init__(self, source: str) -> None:
        super().__init__(source)
        self.names = self.names - {"answer", "status"}


class Http(Node):
    """GET is tried again when it fails, POST never is: it might be done twice."""

    secret_places = frozenset({"body"})

    kind: Literal["http"] = "http"
    method: Literal["GET", "POST"] = "GET"
    url: Computed
    """Scheme and host are plain text; values in the path are quoted."""
    query: dict[str, Computed | Plain] = Field(default={}, max_length=20)
    headers: dict[
        Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")],
        Annotated[str, Field(pattern=r"^[ -~]{0,500}$")],
    ] = Field(default={}, max_length=20)
    """Plain text; secrets belong into `token_env`."""
    token_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{0,63}$")] | None = None
    """The environment variable whose value is sent as a bearer token."""
    body: dict[str, Computed | Plain] | None = Field(default=None, max_length=50)
    """Sent as JSON, with POST."""
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 3.0
    """For each try."""
    retries: Annotated[int, Field(ge=0, le=3)] = 1
    """Of a GET that got no answer, or 500 and above."""
    filler: Prompts | None = None
    """Played over and over while the caller waits longer than `filler_after_s`."""
    filler_after_s: Annotated[float, Field(ge=0, le=30)] = 1.0
    into: dict[VariableName, FromAnswer] = Field(default={}, max_length=20)
    """Variables, e.g. `balance: "{{ answer.account.balance }}"`. They become null on failure."""
    next: NodeName
    """The answer's status was 200 to 299."""
    not_found: NodeName | None = None
    """It was 404; without it, `failed`."""
    failed: NodeName
    """Any other answer, none in time, or the server is being left alone after many failures."""

    @model_validator(mode="after")
    def _goes_where_its_author_says(self) -> Self:
        if not _ORIGIN.fullmatch(self.url.source):
            raise PydanticCustomError(
                "url", "the url should begin with http:// or https:// and a host in plain text"
            )
        if self.body is not None and self.method != "POST":
            raise PydanticCustomError("body", "`body:` goes with `method: POST`")
        return self

    def sound(self) -> Sound:
        return Sound.ONE_WAY if self.filler else Sound.NONE

    async def run(self, caller: Caller) -> Exit:
        for name in self.into:
            caller.variables[str(name)] = None
        try:
            answer = await self._answer(caller)
        except FetchFailed as failure:
            return Exit(failure.reason, self.failed)
        if answer.status == 404:
            return Exit("not_found", self.not_found or self.failed)
        if not 200 <= answer.status <= 299:
            return Exit("failed", self.failed)
        known = {**caller.variables, "answer": answer.value, "status": answer.status}
        taken = {str(name): value.value(known) for name, value in self.into.items()}
        caller.variables.update(taken)
        return Exit("next", self.next)

    async def _answer(self, caller: Caller) -> HttpAnswer:
        work = self._tried(caller, self._question(caller.variables))
        if not self.filler:
            return await work
        prompts = said(self.filler, caller.variables, caller.language)
        return await while_hearing(caller, prompts, work, after_s=self.filler_after_s)

    async def _tried(self, caller: Caller, question: HttpQuestion) -> HttpAnswer:
        tries = 1 + (self.retries if self.method == "GET" else 0)
        for left in range(tries - 1, -1, -1):
            try:
                answer = await caller.world.fetch(question)
            except FetchFailed as failure:
                if not left or failure.reason in ("unusable", "left_alone"):
                    raise
            else:
                if answer.status < 500 or not left:
                    return answer
            await asyncio.sleep(_PAUSE_S * 2 ** (tries - 1 - left))
        raise AssertionError("the last try returns or raises")

    def _question(self, variables: dict[str, Any]) -> HttpQuestion:
        url = self.url.filled(variables, lambda text: quote(text, safe=""))
        if self.query:
            values = {name: _shown(value_of(each, variables)) for name, each in self.query.items()}
            url += ("&" if "?" in url else "?") + urlencode(values)
        body = None
        if self.body is not None:
            body = {name: value_of(each, variables) for name, each in self.body.items()}
        return HttpQuestion(
            self.method, url, self.headers, body, self.token_env or "", self.timeout_s
        )


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
