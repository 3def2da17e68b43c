"""Every test here also checks that nothing was logged as an error: tracebacks hide in there."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_traceback(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A test that provokes one looks at `caplog` and clears it."""
    yield
    problems = [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR]
    assert not problems, problems
