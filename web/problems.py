"""What the API answers when it cannot do what was asked: RFC 9457 problem details."""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(eq=False)
class Problem(Exception):
    """Answered as `application/problem+json`; `detail` is for people."""

    status: int
    detail: str

    @property
    def title(self) -> str:
        return HTTPStatus(self.status).phrase

    def __str__(self) -> str:
        return f"{self.status} {self.title}: {self.detail}"
