"""Show what the running centre is doing."""

from pathlib import Path
from typing import Any

import click

from sentral.configuration import config_option, configured
from sentral.output import json_option, print_json, print_table, span


@click.command("status")
@config_option
@json_option
def command(config: Path | None, as_json: bool) -> None:
    """Show queues, agents and calls of the running centre at this moment."""
    from sentral.client import Client

    client = Client(configured(config).web)
    status = {
        **client.readiness(),
        **client.get("/api/v1/queues"),
        **client.get("/api/v1/agents"),
        "calls": client.get("/api/v1/calls", limit=1)["live"],
    }
    if as_json:
        print_json(status)
    else:
        _print(status)


def _print(status: dict[str, Any]) -> None:
    if status["ready"]:
        click.echo("The centre is ready.")
    else:
        click.echo("The centre is not ready: " + "; ".join(status["reasons"]) + ".")
    print_table(
        ["queue", ">waiting", ">ringing", ">longest wait", ">agents able", ">free"],
        [
            (
                *(each["name"], each["waiting"], each["ringing"], span(each["longest_wait_s"])),
                *(each["able"], each["available"]),
            )
            for each in status["queues"]
        ],
        title="Queues",
    )
    print_agents(status["agents"])
    print_table(
        ["call", "from", "dialled", "stage", "queue", "agent"],
        [
            (
                *(each["id"], each["number"] or "withheld", each["dialled"]),
                *(each["stage"].replace("_", " "), each["queue"], each["agent"]),
            )
            for each in status["calls"]
        ],
        title="Calls",
        empty="No call is going on.",
    )


def print_agents(agents: list[dict[str, Any]]) -> None:
    print_table(
        ["agent", "name", "state", "reason", ">for", "phone", "call"],
        [
            (
                *(each["id"], each["name"], each["state"].replace("_", " "), each["reason"]),
                *(span(each["for_s"]), _phone(each), each["call"]),
            )
            for each in agents
        ],
        title="Agents",
    )


def _phone(agent: dict[str, Any]) -> str:
    if agent["phone"] is None:
        return ""
    return f"{agent['phone']}{'' if agent['reachable'] else ' (not registered)'}"
