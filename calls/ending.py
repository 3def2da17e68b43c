"""How a call ended: by whom, why, and what its record calls that."""

from dataclasses import dataclass
from typing import Final

from calls.state import CallState
from events.calls import Outcome, Side

NOT_REACHED: Final = 480
BUSY_HERE: Final = 486
CANCELLED: Final = 487
FAILED: Final = 500


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended the call and why; `status` is the final response of a call never answered."""

    by: Side
    cause: str
    status: int


def outcome_of(state: CallState, ending: Ending, *, node_failed: bool) -> Outcome:
    """What to call the end of a call in which no promise of our own was broken.

    A flow that wanted somebody for its caller and found nobody did not contain the call.
    `node_failed`: a node did, and the flow went on by `on_error`.
    """
    if state.served:
        return Outcome.ANSWERED
    if ending.by is Side.CALLER:
        return Outcome.ABANDONED if state.answered else Outcome.CANCELLED
    if state.contained or (state.answered and state.route_kind == "feature"):
        return Outcome.CONTAINED
    if not state.answered:
        return Outcome.REJECTED
    broke = node_failed or ending.cause != "normal"
    return Outcome.FAILED if broke else Outcome.UNSERVED
