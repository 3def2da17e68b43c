"""How a part of the distributor says which events it reacts to."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

Steps: TypeAlias = Iterator[None]
"""Work that may be left alone for a while after each step; each takes some microseconds."""

Reaction: TypeAlias = Callable[[Any, float], Steps | None]
"""Takes an event of the type that it is listed under, and the time. What goes through very many
callers or agents does so in steps."""
