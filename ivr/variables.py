"""The variables that a call brings along, before any node has set one."""

from collections.abc import Mapping
from typing import Any, Final

GIVEN: Final = frozenset({"caller", "customer", "dialled", "language", "error"})
"""Every call has these (`error` after a node failed); no node may set them but `language`."""


def starting_variables(
    *, dialled: str, number: str, name: str, customer: Mapping[str, Any]
) -> dict[str, Any]:
    """`customer`: the caller's row of the customers file, or one that says nothing is known."""
    return {
        "dialled": dialled,
        "caller": {"number": number, "name": name},
        "customer": dict(customer),
    }
