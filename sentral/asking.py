"""Asks for what must not stand on a command line."""

import click


def secret(what: str, given: str | None, *, twice: bool = False) -> str:
    """The option's value, else typed without being seen; `twice` for a new one."""
    if given is not None:
        return given
    typed: str = click.prompt(what, hide_input=True, confirmation_prompt=twice, err=True)
    return typed
