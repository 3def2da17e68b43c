"""What protection costs: CPU per packet sent, plain beside each suite of SRTP, in one run.

    python -m bench.media.protection [--legs 200] [--seconds 5] [--runs 3]

Every leg listens to music whose encoding is shared, so that little but sending is measured. The
least of some runs counts: neighbours on the machine only ever add to it.
"""

import argparse
import os
import socket
import time
from typing import Final

from sentral_media_engine import Engine

SUITES: Final = {
    "plain": 0,
    "AES_CM_128_HMAC_SHA1_80": 30,
    "AES_CM_128_HMAC_SHA1_32": 30,
    "AEAD_AES_128_GCM": 28,
    "AEAD_AES_256_GCM": 44,
}
PORTS: Final = (30_000, 59_999)


def cost_us(suite: str, key_bytes: int, *, legs: int, seconds: float) -> float:
    """CPU of this process per packet, in microseconds."""
    engine = Engine(*PORTS)
    sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sink.bind(("127.0.0.1", 0))
    music = engine.load_sound(bytes(16_000 * 10))
    for number in range(legs):
        leg, _ = engine.open_leg("127.0.0.1")
        if key_bytes:
            key = number.to_bytes(4, "big") + os.urandom(key_bytes - 4)
            engine.secure(leg, sdes=(suite, key, key))
        engine.set_remote(leg, "127.0.0.1", sink.getsockname()[1])
        engine.set_codec(leg, "PCMU", 0, dtmf_payload_type=None)
        engine.play(leg, [music], playback=1, loop=True)
    time.sleep(1)
    packets, spent = engine.totals()["packets_out"], time.process_time()
    time.sleep(seconds)
    packets, spent = engine.totals()["packets_out"] - packets, time.process_time() - spent
    engine.close()
    sink.close()
    return spent / packets * 1e6


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--legs", type=int, default=200)
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--runs", type=int, default=3)
    chosen = options.parse_args()
    found = dict.fromkeys(SUITES, float("inf"))
    for _ in range(chosen.runs):
        for suite, key_bytes in SUITES.items():
            cost = cost_us(suite, key_bytes, legs=chosen.legs, seconds=chosen.seconds)
            found[suite] = min(found[suite], cost)
    for suite, cost in found.items():
        print(f"{suite:26} {cost:6.2f} µs per packet, {cost - found['plain']:+5.2f}")


if __name__ == "__main__":
    main()
