"""Speech to text in a process of its own: `python -m media.recognising ENGINE`.

The first line that goes out tells {"languages": [...]}, or {"problem"} when the engine cannot be
used. Then one JSON job a line comes in: {"path", "language", "phrases"}; one JSON reply a line goes
out: {"text"}, empty when nothing was understood, or {"problem"}. A process of its own, because
recognising takes a whole processor, and a C library that crashes must take no call along.
"""

import json
import sys
from pathlib import Path

from media.recognisers import RecogniserError, load


def main() -> int:
    """Answer jobs until the input ends."""
    try:
        return _serve()
    except BrokenPipeError:  # whoever asked is gone
        sys.stdout = None  # or closing it would fail the same way
        return 0


def _serve() -> int:
    try:
        recogniser = load(sys.argv[1])
    except (RecogniserError, ImportError, OSError) as error:
        _reply({"problem": str(error)})
        return 1
    _reply({"languages": list(recogniser.languages)})
    for line in sys.stdin:
        job = json.loads(line)
        try:
            text = recogniser(Path(job["path"]), job["language"], job["phrases"])
            _reply({"text": text})
        except BrokenPipeError:
            raise
        except (RecogniserError, OSError, ValueError) as error:
            _reply({"problem": str(error)})
    return 0


def _reply(reply: dict[str, object]) -> None:
    print(json.dumps(reply), flush=True)


if __name__ == "__main__":
    sys.exit(main())
