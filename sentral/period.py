"""Periods that a command is asked about, in the reader's own time zone."""

from datetime import datetime
from typing import Final

import click

from sentral.failures import Misuse

DAY: Final = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M"])


def period(begin: datetime | None, end: datetime | None) -> tuple[datetime, datetime]:
    """From today's midnight and up to now, unless said otherwise.

    Raises:
        Misuse: it ends before it begins.
    """
    now = datetime.now().astimezone()
    first = begin.astimezone() if begin else now.replace(hour=0, minute=0, second=0, microsecond=0)
    last = end.astimezone() if end else now
    if last <= first:
        raise Misuse("--to must be later than --from")
    return first, last
