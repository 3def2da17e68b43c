"""The kinds of node that exist: one for each file in `ivr/nodes/`."""

import functools
import importlib
import pkgutil
from collections.abc import Mapping
from typing import Annotated, Any, Union, get_args

from pydantic import Field

import ivr.nodes
from ivr.node import Node


@functools.cache
def node_kinds() -> Mapping[str, type[Node]]:
    """Kind to class, e.g. "menu" to `ivr.nodes.menu.Menu`; in alphabetical order."""
    kinds: dict[str, type[Node]] = {}
    for module in sorted(pkgutil.iter_modules(ivr.nodes.__path__), key=lambda found: found.name):
        for found in vars(importlib.import_module(f"ivr.nodes.{module.name}")).values():
            if isinstance(found, type) and issubclass(found, Node) and "kind" in _own(found):
                (kind,) = get_args(found.model_fields["kind"].annotation)
                assert kinds.get(kind, found) is found, f"two classes for the kind {kind}"
                kinds[kind] = found
    return kinds


def _own(found: type[Node]) -> Mapping[str, Any]:
    return (
        vars(found).get("__annotations__", {}) if found.__module__.startswith("ivr.nodes.") else {}
    )


def any_node() -> Any:
    """The type of a node of any kind, for the JSON Schema."""
    return Annotated[Union[tuple(node_kinds().values())], Field(discriminator="kind")]  # noqa: UP007
