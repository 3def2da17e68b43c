"""Reading the configuration anew while calls go on."""

from web.endpoints import Ask, Endpoint
from web.models import Model
from web.problems import Problem


class Reload(Model):
    """Names of what is new, changed or gone."""

    queues: list[str]
    agents: list[str]
    flows: list[str]
    restart: list[str]
    """What differs in the file and holds only after a restart, e.g. `sip.port`."""


async def reload(ask: Ask) -> Reload:
    found = await ask.context.reload()
    if problems := found.get("problems"):
        raise Problem(409, "the configuration stays as it is:\n" + "\n".join(problems))
    return Reload(**{name: list(found[name]) for name in Reload.model_fields})


ENDPOINTS = (
    Endpoint(
        method="POST",
        path="/api/v1/reload",
        summary="Read the configuration and the flows anew: queues and agents hold at once, for "
        "calls that wait already too; what needs a restart is named. Mistakes change nothing and "
        "are answered with 409.",
        handler=reload,
        answer=Reload,
    ),
)
