"""How a part of the distributor says which events it reacts to."""

from collections.abc import Callable
from typing import Any, TypeAlias

Reaction: TypeAlias = Callable[[Any, float], None]
"""Takes an event of the type that it is listed under, and the time."""
