"""Serves a whole centre in a process of its own: free ports, a fresh folder, real everything.

    async with Centre(tmp_path, changes={"queues": {"support": {"wrap_up_s": 0}}}) as centre:
        await run_sipp("uac_calls_support", folder=tmp_path, remote=centre.sip, keys=…)
        assert (await centre.api("/api/v1/calls"))…

The configuration is `config/demo.yaml` with the test's changes merged in. When the block ends, the
process must stop by itself within its grace and its log must hold no traceback.
"""

import asyncio
import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.rig.ports import LOOPBACK, free_ports, give_back
from tests.rig.processes import end

ROOT: Final = Path(__file__).resolve().parents[2]
START_LIMIT_S: Final = 120.0
STOP_LIMIT_S: Final = 60.0
POLL_S: Final = 0.05
RTP_PORTS: Final = 200
"""For a hundred legs at once; a load asks for more."""
PROMPTS: Final = ROOT / ".make" / "prompts-for-tests"
"""Spoken once for all tests; what is there already costs a look."""
SHOWN_LINES: Final = 60
PATHS: Final = ("flows", "prompts", "customers")


def merged(original: Any, changes: Any) -> Any:
    """Mappings are merged key by key, a None removes; everything else is replaced."""
    if not (isinstance(original, Mapping) and isinstance(changes, Mapping)):
        return changes
    together = {key: merged(original.get(key), value) for key, value in changes.items()}
    return {k: v for k, v in {**original, **together}.items() if changes.get(k, "") is not None}


def render_prompts(config: Path, folder: Path) -> None:
    """Speaks what is missing; test processes side by side take turns."""
    PROMPTS.mkdir(parents=True, exist_ok=True)
    with (PROMPTS.parent / "prompts-for-tests.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            [sys.executable, "-m", "sentral", "prompts", "render", "--config", str(config)],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr


class Centre:
    """One served centre."""

    def __init__(
        self,
        folder: Path,
        *,
        sample: str = "demo",
        changes: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
        rtp_ports: int = RTP_PORTS,
    ) -> None:
        """`sample` names a file of `config/`; `changes` are merged into it, see `merged`."""
        self.folder = folder / "centre"
        self.folder.mkdir()
        self.sip_port, self.web_port = free_ports(2), free_ports(2)
        self.sip = f"{LOOPBACK}:{self.sip_port}"
        self.url = f"http://{LOOPBACK}:{self.web_port}"
        self.log = self.folder / "log.txt"
        self.token_file = self.folder / "token"
        self.config = self.folder / "centre.yaml"
        self._environ = environ or {}
        self._write_config(sample, changes or {}, rtp_ports)

    def _write_config(self, sample: str, changes: Mapping[str, Any], rtp_ports: int) -> None:
        base = ROOT / "config"
        settings = yaml.safe_load((base / f"{sample}.yaml").read_text(encoding="utf-8"))
        for name in PATHS:
            if settings.get(name):
                settings[name] = str((base / settings[name]).resolve())
        first = free_ports(rtp_ports)
        self._rtp_ports = (first, rtp_ports)
        own = {
            "sip": {"listen": LOOPBACK, "port": self.sip_port},
            "media": {"port_first": first, "port_last": first + rtp_ports - 1},
            "web": {
                "listen": LOOPBACK,
                "port": self.web_port,
                "token_file": str(self.token_file),
            },
            "calls": {"rendered_prompts": str(PROMPTS)},
            "store": {"url": f"sqlite:///{self.folder / 'sentral.db'}"},
        }
        settings = merged(merged(settings, own), changes)
        self.config.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(render_prompts, self.config, self.folder)
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "sentral", "serve", "--config", str(self.config)),
                cwd=self.folder,
                env={**os.environ, **self._environ},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=asyncio.subprocess.STDOUT,
            )
        self._http = aiohttp.ClientSession(self.url)
        try:
            async with asyncio.timeout(START_LIMIT_S):
                while not await self.is_ready():  # noqa: ASYNC110  it can only be asked again
                    await asyncio.sleep(POLL_S)
        except (TimeoutError, AssertionError):
            await self._end()
            raise AssertionError(f"the centre did not become ready\n{self.last_log()}") from None
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        status = await self._end()
        assert kind is not None or status == 0, f"it stopped with {status}\n{self.last_log()}"
        assert kind is not None or "Traceback" not in self.read_log(), self.last_log()

    async def _end(self) -> int:
        await self._http.close()
        status = await end(self.process, grace_s=STOP_LIMIT_S)
        give_back(*self._rtp_ports)
        return status

    async def kill(self) -> None:
        """The machine loses power: no clean-up runs."""
        self.process.kill()
        await self.process.wait()

    async def stop(self) -> None:
        """It is told to stop, and does; the block goes on."""
        assert await end(self.process, grace_s=STOP_LIMIT_S) == 0, self.last_log()

    async def start_again(self) -> None:
        """After `kill` or `stop`: the same configuration, ports and folder."""
        await self._http.close()
        await self.__aenter__()

    # ---- asking it

    async def is_ready(self) -> bool:
        assert self.process.returncode is None, f"it ended with {self.process.returncode}"
        with contextlib.suppress(aiohttp.ClientError, OSError):
            async with self._http.get("/readyz") as answer:
                return answer.status == 200
        return False

    async def api(self, path: str, *, method: str = "GET", body: object = None) -> Any:
        """The JSON of an answer of the API, asked with the operator's token."""
        headers = {"Authorization": f"Bearer {self.token_file.read_text().strip()}"}
        async with self._http.request(method, path, json=body, headers=headers) as answer:
            text = await answer.text()
            assert answer.status < 400, f"{method} {path}: {answer.status} {text}"
            return await answer.json() if text else None

    async def metrics(self) -> dict[str, float]:
        """Samples of `/metrics`, named `name{label="value",…}` with the labels in order of name."""
        async with self._http.get("/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
            samples = [sample for family in families for sample in family.samples]
        return {_key(sample.name, sample.labels): sample.value for sample in samples}

    async def metric(self, name: str, **labels: str) -> float:
        """The sum of a series over all label values that are not given; 0 if there is none yet."""
        wanted = {f'{key}="{value}"' for key, value in labels.items()}
        total = 0.0
        for key, value in (await self.metrics()).items():
            series, _, rest = key.partition("{")
            if series == name and wanted <= set(rest.removesuffix("}").split(",")):
                total += value
        return total

    async def until_metric(
        self, name: str, value: float, *, within_s: float = 60.0, **labels: str
    ) -> None:
        """Waits until a series has this value; fails with the value it had instead."""
        found = await self.metric(name, **labels)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                while found != value:
                    await asyncio.sleep(POLL_S)  # a metric can only be asked again
                    found = await self.metric(name, **labels)
        assert found == value, f"{name}{labels or ''} is {found}, not {value}\n{self.last_log()}"

    # ---- its log

    def read_log(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def last_log(self) -> str:
        return f"{self.log}:\n" + "\n".join(self.read_log().splitlines()[-SHOWN_LINES:])


def _key(name: str, labels: Mapping[str, str]) -> str:
    inner = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
    return f"{name}{{{inner}}}" if inner else name
