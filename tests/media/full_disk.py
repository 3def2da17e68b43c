"""Run as a process: records until its files may grow no more, and tells what it heard of that."""

import asyncio
import json
import resource
import sys
from pathlib import Path

from media.events import RecordingEvent
from media.service import MediaService
from media.settings import MediaSettings

LIMIT_BYTES = 60_000
"""A recording takes 32 000 a second."""


async def main(folder: Path, first_port: int) -> None:
    media = MediaService(
        MediaSettings(port_first=first_port, port_last=first_port + 19, recordings=str(folder))
    )
    await media.start()
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES))
    told: asyncio.Queue[RecordingEvent] = asyncio.Queue()
    leg = media.open(signalling_host="127.0.0.1", on_event=lambda _: None)
    media.record("call", left=leg, on_event=told.put_nowait)
    async with asyncio.timeout(45):
        event = await told.get()
    another = media.open(signalling_host="127.0.0.1", on_event=lambda _: None)
    alive = not leg.closed and not another.closed
    await media.stop()
    print(json.dumps({"event": type(event).__name__, "alive": alive, "more": told.qsize()}))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
