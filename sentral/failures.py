"""Expected trouble of a command: told in a line or a few, then the process ends."""

from typing import ClassVar


class Failure(Exception):
    """The command could not do what was asked. Its text is for people."""

    exit_code: ClassVar[int] = 1


class Misuse(Failure):
    """The command line or the configuration is wrong."""

    exit_code = 2
