"""The environment of the PJSIP softphone: made on first use, outside the project's own.

The wheel exists up to Python 3.12 and would not live beside the project's pins, so it has
`.venv-pjsua2/` in the checkout (git ignores it). Where that cannot be made, tests that need it are
skipped and say why.
"""

import fcntl
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
REQUIREMENT: Final = "pjsua2-python==2.15.1.post1"
INSTALL_LIMIT_S: Final = 300


@cache
def pjsua2_python() -> Path:
    """The interpreter that has pjsua2; skips the test when there can be none."""
    home = ROOT / ".venv-pjsua2"
    python = home / "bin" / "python"
    (ROOT / ".make").mkdir(exist_ok=True)
    with (ROOT / ".make" / "pjsua2.lock").open("w") as lock:  # test processes run side by side
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _works(python):
            problem = _make(home, python)
            if problem:
                pytest.skip(f"the PJSIP softphone is not to be had here: {problem}")
    return python


def _works(python: Path) -> bool:
    if not python.exists():
        return False
    return subprocess.run([python, "-c", "import pjsua2"], check=False).returncode == 0


def _make(home: Path, python: Path) -> str:
    """Makes the environment; what went wrong, or nothing."""
    uv = _uv()
    if uv is None:
        return "uv is missing (make setup)"
    interpreter = sys.executable if sys.version_info < (3, 13) else "3.12"
    commands = [
        [uv, "venv", "--quiet", "--clear", "--python", interpreter, str(home)],
        [uv, "pip", "install", "--quiet", "--python", str(python), REQUIREMENT],
    ]
    for command in commands:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=INSTALL_LIMIT_S, check=False
        )
        if done.returncode:
            return done.stderr.strip().splitlines()[-1]
    return "" if _works(python) else "import pjsua2 failed"


def _uv() -> str | None:
    named = ROOT / ".make" / "uv.path"
    if named.is_file() and (ROOT / (path := named.read_text().strip())).is_file():
        return str(ROOT / path)
    return shutil.which("uv")
