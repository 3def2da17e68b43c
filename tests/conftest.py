"""One seed for all that Hypothesis plays in a run: fresh each time, and told at the top of it."""

from random import SystemRandom

import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Workers get the option from the process that starts them, so all play by one seed."""
    if config.getoption("--hypothesis-seed", None) is None:
        config.option.hypothesis_seed = str(SystemRandom().randrange(2**32))


def pytest_report_header(config: pytest.Config) -> str:
    return f"everything by chance: --hypothesis-seed={config.getoption('--hypothesis-seed')}"
