"""Layout: layers by distance, nothing on top of anything, crossings undone."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.drawing.graph import Arrow, Box, Picture
from ivr.drawing.layout import crossings, laid_out, layers_of, ordered

NAMES = ["a", "bb", "ccc", "dddd", "e", "f"]


def picture(*ways: str) -> Picture:
    names = list(dict.fromkeys("".join(ways)))
    arrows = tuple(Arrow(way[0], way[1], ()) for way in ways)
    return Picture("p", tuple(Box(name, "say") for name in names), arrows)


def test_layers_follow_the_shortest_way_from_the_start() -> None:
    assert layers_of(picture("ab", "ac", "bd", "cd", "ad", "de", "ea")) == [
        ["a"], ["b", "c", "d"], ["e"]
    ]  # fmt: skip


def test_what_nothing_leads_to_stands_below_the_start() -> None:
    assert layers_of(picture("ab", "xy")) == [["a"], ["b", "x"], ["y"]]


def test_crossings_are_undone() -> None:
    crossed = [["a", "b"], ["c", "d"]]
    arrows = [Arrow("a", "d", ()), Arrow("b", "c", ())]
    assert crossings(crossed, arrows) == 1
    assert crossings(ordered(crossed, arrows), arrows) == 0


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)), max_size=15))
def test_every_box_has_a_place_of_its_own(ways: list[tuple[str, str]]) -> None:
    arrows = tuple(Arrow(start, end, ()) for start, end in dict.fromkeys(ways))
    layout = laid_out(Picture("p", tuple(Box(name, "say") for name in NAMES), arrows))
    spots = list(layout.spots.values())
    assert len(spots) == len(NAMES)
    for index, one in enumerate(spots):
        assert one.x >= 0
        assert one.x + one.width <= layout.width
        assert one.y + one.height <= layout.height
        for other in spots[index + 1 :]:
            assert one.y != other.y or one.x + one.width < other.x or other.x + other.width < one.x
