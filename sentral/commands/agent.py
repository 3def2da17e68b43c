"""Show agents, and sign them in and out."""

from pathlib import Path
from typing import Any

import click

from sentral.asking import secret
from sentral.commands.status import print_agents
from sentral.configuration import config_option, configured
from sentral.output import json_option, print_json

agent_argument = click.argument("agent")
by_option = click.option("--by", default="", help="The supervisor who does it; else the agent.")


@click.group("agent")
def command() -> None:
    """Agents: people with an id and a PIN, each at one phone at a time."""


@command.command("list")
@config_option
@json_option
def list_agents(config: Path | None, as_json: bool) -> None:
    """Every agent, what they are doing and since when."""
    from sentral.client import Client

    found = Client(configured(config).web).get("/api/v1/agents")
    if as_json:
        print_json(found)
    else:
        print_agents(found["agents"])


@command.command("sign-in")
@agent_argument
@click.option("--phone", required=True, help="The phone where the agent sits.")
@click.option("--pin", help="Asked for when not given.")
@config_option
@json_option
def sign_in(agent: str, phone: str, pin: str | None, config: Path | None, as_json: bool) -> None:
    """Sign AGENT in at a phone."""
    _tell(config, agent, "sign-in", as_json, {"phone": phone, "pin": secret("PIN", pin)})


@command.command("available")
@agent_argument
@by_option
@config_option
@json_option
def available(agent: str, by: str, config: Path | None, as_json: bool) -> None:
    """AGENT takes calls again."""
    _tell(config, agent, "available", as_json, {"by": by})


@command.command("not-available")
@agent_argument
@click.option("--reason", default="", help="e.g. break, lunch.")
@by_option
@config_option
@json_option
def not_available(agent: str, reason: str, by: str, config: Path | None, as_json: bool) -> None:
    """AGENT takes no more calls; one that is going on ends as usual."""
    _tell(config, agent, "not-available", as_json, {"reason": reason, "by": by})


@command.command("extend-wrap-up")
@agent_argument
@click.option("--seconds", type=float, default=60.0, show_default=True)
@config_option
@json_option
def extend_wrap_up(agent: str, seconds: float, config: Path | None, as_json: bool) -> None:
    """AGENT needs more time for the work after the call."""
    _tell(config, agent, "extend-wrap-up", as_json, {"by_s": seconds})


@command.command("end-wrap-up")
@agent_argument
@config_option
@json_option
def end_wrap_up(agent: str, config: Path | None, as_json: bool) -> None:
    """AGENT is done with the work after the call."""
    _tell(config, agent, "end-wrap-up", as_json)


@command.command("sign-out")
@agent_argument
@by_option
@config_option
@json_option
def sign_out(agent: str, by: str, config: Path | None, as_json: bool) -> None:
    """AGENT leaves the phone; during a call, at its end."""
    _tell(config, agent, "sign-out", as_json, {"by": by})


@command.command("pin")
@click.option("--pin", help="Asked for when not given.")
def pin_digest(pin: str | None) -> None:
    """Print the digest of a PIN, as an agent's `pin` in the configuration wants it."""
    from argon2 import PasswordHasher

    click.echo(PasswordHasher().hash(secret("PIN", pin, twice=True)))


def _tell(config: Path | None, agent: str, what: str, as_json: bool, body: object = None) -> None:
    from urllib.parse import quote

    from sentral.client import Client

    path = f"/api/v1/agents/{quote(agent, safe='')}/{what}"
    now: dict[str, Any] = Client(configured(config).web).post(path, body)
    if as_json:
        print_json(now)
    else:
        reason = f" ({now['reason']})" if now["reason"] else ""
        click.echo(f"{now['name'] or now['id']} is {now['state'].replace('_', ' ')}{reason}")
