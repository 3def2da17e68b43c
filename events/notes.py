"""What flows write into the story of a call."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from events.event import Event
from events.ids import CallId


@dataclass(frozen=True, slots=True)
class FlowNoted(Event):
    """A `log` node was passed. `values` are JSON values that its author chose to write down."""

    call: CallId
    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
