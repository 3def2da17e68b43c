from media.hearing import all_hear_all, barging, listening, whispering


def heard_by(hears: object) -> dict[str, str]:
    assert isinstance(hears, dict)
    return {one: "".join(sorted(others)) for one, others in hears.items()}


def test_the_supervisors_three_modes() -> None:
    assert heard_by(listening("s", "c", "a")) == {"c": "a", "a": "c", "s": "ac"}
    assert heard_by(whispering("s", "c", "a")) == {"c": "a", "a": "cs", "s": "ac"}
    assert heard_by(barging("s", "c", "a")) == {"c": "as", "a": "cs", "s": "ac"}


def test_nobody_hears_themselves() -> None:
    assert heard_by(all_hear_all(["x", "y"])) == {"x": "y", "y": "x"}
    assert heard_by(all_hear_all(["x"])) == {"x": ""}
