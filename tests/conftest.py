"""One seed for all that Hypothesis plays, told at the top of a run; more tries with real parts."""

from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from hypothesis import settings

from tests.rig.ports import Loan, borrowed

settings.register_profile("sentral", deadline=None)  # how fast is asked in bench/
settings.load_profile("sentral")

SEED: Final = "1"
"""Whether a change is good is not asked of chance: the same examples every time. `make hunt` looks
for what other seeds find."""

WITH_REAL_PARTS: Final = tuple(Path(__file__).parent / folder for folder in ("e2e", "rig"))
TRIES_MORE: Final = 2
"""Softphones, browsers and SIPp have threads of their own, which a busy machine may starve until
they stumble. A test with them may be played again; the summary names each that was."""
LIMIT_S: Final = 300
"""Of one try, with a program that comes to what it shall do late, again and again."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Workers get the option from the process that starts them, so all play by one seed."""
    if config.getoption("--hypothesis-seed", None) is None:
        config.option.hypothesis_seed = SEED


FAILED: Final = pytest.StashKey[bool]()


def pytest_report_header(config: pytest.Config) -> str:
    return f"everything by chance: --hypothesis-seed={config.getoption('--hypothesis-seed')}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in WITH_REAL_PARTS):
            item.add_marker(pytest.mark.flaky(reruns=TRIES_MORE))
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(LIMIT_S))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """In a long run, ports that tests kept would leave no block of neighbours for a centre."""
    with borrowed():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
    """What a fixture took goes back when it ends; what those took that it asked for, with them."""
    loan = Loan()
    fixturedef.addfinalizer(loan.give_back)
    with loan:
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    item.stash[FAILED] = report.failed or (report.when != "setup" and item.stash.get(FAILED, False))
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """What a failed test stood on goes with it: what a module built once may be what was wrong."""
    if item.stash.get(FAILED, False):
        item.session._setupstate.teardown_exact(None)
