"""Node kinds: a file in the folder is all that it takes."""

from pathlib import Path

import ivr.nodes
from ivr.kinds import node_kinds


def test_every_file_of_the_folder_is_one_kind() -> None:
    [folder] = ivr.nodes.__path__
    files = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    assert set(node_kinds()) == files
    assert {"say", "menu", "collect", "language", "set", "branch", "queue", "transfer"} <= files
    assert {"hang_up", "ring", "progress", "answer"} <= files


def test_a_node_knows_the_kind_it_is() -> None:
    for kind, node in node_kinds().items():
        assert node.model_fields["kind"].default == kind
        assert node.__module__ == f"ivr.nodes.{kind}"
