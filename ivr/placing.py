"""What a node learns from the file that it is written in, once, when the flow is read."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources.abc import Traversable

from ivr.names import NodeName
from ivr.yaml_lines import Place

MAX_FILE_BYTES = 10_000_000


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The flow around a node.

    Attributes:
        folder: where files stand that it names.
        operator: where `operator_key` leads from any question, if anywhere.
        mistake: told when something in the node is wrong: place in the node, and what.
        used: told each file's content that the node depends on, for the flow's version.
    """

    folder: Traversable
    operator: NodeName | None
    operator_key: str
    help_key: str
    mistake: Callable[[Place, str], None]
    used: Callable[[bytes], None]

    def content(self, place: Place, name: str) -> bytes | None:
        """A file beside the flow; None, and a mistake, when it cannot be read."""
        if name.startswith("/") or ".." in name.split("/"):
            self.mistake(place, f"'{name}' is not beside the flow; write its name or folder/name")
            return None
        try:
            content = self.folder.joinpath(*name.split("/")).read_bytes()
        except OSError as error:
            self.mistake(place, f"{name} cannot be read: {error.strerror or error}")
            return None
        if len(content) > MAX_FILE_BYTES:
            self.mistake(place, f"{name} is larger than {MAX_FILE_BYTES} bytes")
            return None
        self.used(content)
        return content
