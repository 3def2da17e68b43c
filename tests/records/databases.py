"""Databases for tests: SQLite in a folder, and a PostgreSQL of the test's own where it can run."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from records.settings import StoreSettings
from tests.rig.ports import free_ports

LIMIT_S = 60


def settings(url: str, folder: Path, **changes: object) -> StoreSettings:
    """Quick to retry, with its journal in the folder."""
    quick: dict[str, object] = {
        "journal": str(folder / "journal"),
        "busy_s": 0.2,
        "retry_first_s": 0.02,
        "retry_longest_s": 0.1,
        "linger_s": 0.0,
        "spill_after_s": 0.0,
    }
    return StoreSettings(url=url, **{**quick, **changes})  # type: ignore[arg-type]


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'sentral.db'}"


class Cluster:
    """A PostgreSQL on a free port of 127.0.0.1, started and stopped at will."""

    def __init__(self, folder: Path, port: int, run: Callable[..., None]) -> None:
        self._data = folder / "data"
        self._run = run
        self._port = port
        self.url = f"postgresql+psycopg://tester@127.0.0.1:{port}/postgres"

    def create(self) -> None:
        self._run("initdb", "-D", self._data, "-U", "tester", "-A", "trust", "--no-sync")

    def start(self) -> None:
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c fsync=off -k {self._data}"
        log = self._data / "log"
        self._run("pg_ctl", "-D", self._data, "-w", "-o", options, "-l", log, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")


@contextmanager
def postgresql() -> Iterator[Cluster | None]:
    """A running cluster, or None where PostgreSQL is not installed or nobody may run it."""
    user = _unprivileged_user()
    installed = all(shutil.which(program) for program in ("initdb", "pg_ctl", "postgres"))
    if not installed or (user is None and os.geteuid() == 0):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="sentral-postgresql-") as name:
        folder = Path(name)
        if user is not None:
            os.chown(folder, user.pw_uid, user.pw_gid)

        def run(*command: object) -> None:
            subprocess.run(
                [str(part) for part in command],
                user=None if user is None else user.pw_uid,
                group=None if user is None else user.pw_gid,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=LIMIT_S,
                check=True,
            )

        cluster = Cluster(folder, free_ports(), run)
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Whom root runs it as, because PostgreSQL refuses root; None to stay who we are."""
    if os.geteuid() == 0:
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name)
    return None
