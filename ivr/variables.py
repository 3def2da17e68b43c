"""The variables that a call brings along, before any node has set one."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

IDENTIFIED_AS: Final = "identified_as"
"""The number under which `identify` found the customer, if that is not the calling number: events
name no person, so a call that goes on after a restart finds the customer again by it."""

GIVEN: Final = frozenset(
    {"caller", "customer", "dialled", "language", "error", "queue", "history", IDENTIFIED_AS}
)
"""Every call has these (`error` after a node failed, `queue` from the first wait with a flow of
its own on, `history` after `identify`); authors set none of them by name."""


def starting_variables(
    *,
    dialled: str,
    number: str,
    name: str,
    customer: Mapping[str, Any],
    diversions: Sequence[tuple[str, str]] = (),
) -> dict[str, Any]:
    """`customer`: the caller's row of the customers file, or one that says nothing is known.
    `diversions`: numbers that passed the call on and why, the last one first."""
    by, why = diversions[0] if diversions else ("", "")
    return {
        "dialled": dialled,
        "caller": {"number": number, "name": name, "diverted_by": by, "diverted_why": why},
        "customer": dict(customer),
    }
