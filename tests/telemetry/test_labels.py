"""Labels: words that others choose stay few, and children are found."""

from prometheus_client import CollectorRegistry, Counter

from telemetry.labels import OTHER, Children, FewWords


def test_known_words_always_pass() -> None:
    words = FewWords(1, known=("INVITE",))
    assert [words("INVITE"), words("FOO")] == ["INVITE", OTHER]


def test_what_comes_after_the_limit_is_other() -> None:
    words = FewWords(2)
    assert [words(word) for word in "abcab"] == ["a", "b", OTHER, "a", "b"]


def test_a_very_long_word_is_other_and_takes_no_place() -> None:
    words = FewWords(1)
    assert [words("x" * 65), words("x")] == [OTHER, "x"]


def test_children_are_the_metrics_own() -> None:
    registry = CollectorRegistry()
    counter = Counter("calls", "Calls.", ["queue", "code"], registry=registry)
    children = Children(counter)
    children("a", 200).inc()
    children("a", 200).inc()
    children("b", 200).inc()
    assert registry.get_sample_value("calls_total", {"queue": "a", "code": "200"}) == 2
    assert registry.get_sample_value("calls_total", {"queue": "b", "code": "200"}) == 1
