"""Changed packets at the media engine for as long as is asked, each round by a new seed.

    python -m tests.media.fuzz [--seconds 300] [--seed 1]

The Rust tests of `mutation_tests.rs` run their rounds again and again: RTP, RTCP, telephone-event
and the codecs' payloads at a leg, STUN at its reader, SRTP and SRTCP at the receiver. What breaks a
promise ends the run; the seed that did it is printed, and given as `--seed` it does it again.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path
from random import SystemRandom
from typing import Final

CRATE: Final = Path(__file__).parents[2] / "media" / "engine" / "Cargo.toml"
TEST: Final = "mutation_tests::for_as_long_as_is_asked"


def main() -> int:
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--seconds", type=int, default=300)
    parse.add_argument("--seed", type=int, default=None)
    asked = parse.parse_args()
    seed = SystemRandom().randrange(2**32) if asked.seed is None else asked.seed
    command = ["cargo", "test", "--quiet", "--manifest-path", str(CRATE), TEST]
    command += ["--", "--ignored", "--exact", "--nocapture"]
    told = {"SENTRAL_FUZZ_SECONDS": str(asked.seconds), "SENTRAL_FUZZ_SEED": str(seed)}
    return subprocess.run(command, env=os.environ | told, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
