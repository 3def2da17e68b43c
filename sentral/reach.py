"""What a number of the configuration leads to, before anybody has dialled it."""

from collections.abc import Callable

from calls.numbers import NumberingPlan
from config.settings import Settings


def leads_of(settings: Settings) -> Callable[[str], bool] | None:
    """Whether a number leads anywhere: a phone that nobody has is nowhere.

    None for a configuration without a numbering plan, such as that of flows checked by themselves.
    """
    if not settings.numbers:
        return None
    plan = NumberingPlan(settings.numbers, settings.emergency)

    def leads(number: str) -> bool:
        return any(
            route.kind != "phone" or route.target in settings.phones
            for route in plan.routes(number)
        )

    return leads
