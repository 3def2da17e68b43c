"""A flow as boxes and arrows."""

from pathlib import Path

import pytest

from ivr.drawing.graph import Arrow, Box, label_of, picture_of
from ivr.rehearsal.coverage import Walked
from ivr.yaml_lines import Place
from tests.ivr.flow_files import load

FLOW = """\
languages: [en]
start: ask
nodes:
  bye: {kind: hang_up}
  ask:
    kind: menu
    prompt: menu
    choices: {1: bye, 2: bye}
    otherwise: end
"""


def test_the_first_node_comes_first_and_one_arrow_carries_all_choices(tmp_path: Path) -> None:
    picture = picture_of(load(tmp_path, main=FLOW).current["main"])
    assert picture.boxes == (Box("ask", "menu"), Box("bye", "hang_up"), Box("end", "end"))
    assert set(picture.arrows) == {
        Arrow("ask", "bye", ("1", "2")), Arrow("ask", "end", ("otherwise",))
    }  # fmt: skip


def test_counts_of_real_calls_are_on_boxes_and_arrows(tmp_path: Path) -> None:
    walked = Walked()
    walked.visits["ask"] = 7
    walked.left["ask"] = 2
    walked.taken["ask", "bye"] = 5
    picture = picture_of(load(tmp_path, main=FLOW).current["main"], walked)
    assert picture.boxes[:2] == (Box("ask", "menu", 7, 2), Box("bye", "hang_up", 0, 0))
    assert {arrow.end: arrow.taken for arrow in picture.arrows} == {"bye": 5, "end": 0}


@pytest.mark.parametrize(
    ("place", "label"),
    [
        (("next",), ""),
        (("choices", "1"), "1"),
        (("cases", 1, "then"), "case 2"),
        (("no_input", "then"), "no input"),
        (("flowed_out", "timeout"), "timeout"),
        (("otherwise",), "otherwise"),
    ],
)
def test_labels_are_the_words_of_the_flow(place: Place, label: str) -> None:
    assert label_of(place) == label
