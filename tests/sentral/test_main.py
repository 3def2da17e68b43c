"""The program: its commands, its exit codes, and how fast it starts."""

import subprocess
import sys
from pathlib import Path

import pytest

from sentral import commands
from tests.sentral.running import configuration, run

FILES = sorted(
    path.stem for path in Path(commands.__path__[0]).glob("*.py") if path.stem != "__init__"
)

HEAVY = {
    "sqlalchemy",
    "alembic",
    "aiohttp",
    "pydantic",
    "rich",
    "av",
    "uvloop",
    "prometheus_client",
}


def test_help_lists_every_file_of_the_folder_with_what_it_does() -> None:
    result = run("--help")
    assert result.exit_code == 0
    words = {line.split()[0] for line in result.output.splitlines() if line.startswith("  ")}
    assert set(FILES) <= words


@pytest.mark.parametrize("name", FILES)
def test_every_command_explains_itself(name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0, result.output
    assert result.output.startswith(f"Usage: sentral {name}")


def test_help_and_version_load_nothing_heavy() -> None:
    script = (
        "import sys; from sentral.main import program\n"
        "program(['--help'], standalone_mode=False)\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"


def test_usage_mistakes_are_2() -> None:
    assert run("nosuch").exit_code == 2
    assert run("call", "list", "--limit", "0").exit_code == 2
    assert run("status", "extra").exit_code == 2


def test_a_broken_configuration_is_2_with_file_and_line(tmp_path: Path) -> None:
    path = configuration(tmp_path, web={"port": "many"}, colour="red")
    result = run("status", "--config", str(path))
    assert result.exit_code == 2
    assert "Traceback" not in result.output
    assert f"{path}:1" in result.stderr
    assert "web.port" in result.stderr
    assert "colour" in result.stderr


def test_a_missing_configuration_is_2(tmp_path: Path) -> None:
    result = run("status", "--config", str(tmp_path / "none.yaml"))
    assert result.exit_code == 2
    assert "none.yaml" in result.stderr


def test_a_centre_that_is_not_running_is_said_in_one_line(tmp_path: Path) -> None:
    import socket

    with socket.socket() as nobody:  # bound and not listening: refuses every connection
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        path = configuration(tmp_path, web={"port": port})
        for command in (["status"], ["call", "list"], ["trace", "c-1"], ["agent", "list"]):
            result = run(*command, "--config", str(path))
            assert result.exit_code == 1
            assert result.stderr.splitlines() == [
                f"sentral: no centre serves at http://127.0.0.1:{port}; `sentral serve` starts one"
            ]
