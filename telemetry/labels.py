"""Labels: the children of a metric found fast, and values that people choose kept few."""

from typing import Generic, TypeVar

from prometheus_client.metrics import MetricWrapperBase

MetricT = TypeVar("MetricT", bound=MetricWrapperBase)

OTHER = "other"


class FewWords:
    """Lets the first `most` distinct words through; every further one is "other"."""

    def __init__(self, most: int, *, known: tuple[str, ...] = ()) -> None:
        self._most = most
        self._words = set(known)

    def __call__(self, word: str) -> str:
        if word in self._words:
            return word
        if len(self._words) >= self._most or len(word) > 64:
            return OTHER
        self._words.add(word)
        return word


class Children(Generic[MetricT]):
    """A metric with labels: `children("support", "late")` is one dictionary look-up.

    The metric's own `labels` checks, converts and locks each time.
    """

    def __init__(self, metric: MetricT) -> None:
        self._metric = metric
        self._known: dict[tuple[object, ...], MetricT] = {}

    def __call__(self, *values: object) -> MetricT:
        child = self._known.get(values)
        if child is None:
            child = self._known[values] = self._metric.labels(*values)
        return child
