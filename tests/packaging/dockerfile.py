"""Performs a Dockerfile's own steps in plain directories, for machines without a Docker engine.

Every stage is a directory that starts as a `debootstrap` of the Debian that `FROM` names; RUN steps
happen in a chroot with namespaces of their own. It knows the instructions that `docker/Dockerfile`
uses and refuses others. Needs root.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.structure.checkout import ROOT, files

CACHE: Final = Path.home() / ".cache" / "sentral" / "debootstrap"
BASE: Final = re.compile(r"debian:(?P<release>\w+)-slim")
STEP_LIMIT_S: Final = 900
PASSED_ON: Final = re.compile(
    r"(?i)^(https?_proxy|no_proxy|pip_\w+|uv_\w+|ssl_cert_\w+|cargo_\w+)$"
)
"""How this machine reaches the registries; never part of an image."""
METADATA: Final = {"VOLUME", "EXPOSE", "STOPSIGNAL", "SHELL"}


@dataclass
class Stage:
    """A root directory and what the instructions so far have said about it."""

    root: Path
    name: str = ""
    env: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    user: str = "0"
    said: dict[str, str] = field(default_factory=dict)
    """The last value of each instruction."""

    def command(self, words: Sequence[str]) -> list[str]:
        """How to run something inside: mounts and processes of its own, the network of the host."""
        inner = f"cd {shlex.quote(self.workdir)} && exec {shlex.join(words)}"
        proc = str(self.root / "proc")
        return [
            *("unshare", "--mount", "--pid", "--fork", "--kill-child=TERM", "--mount-proc=" + proc),
            *("chroot", f"--userspec={self.user}:{self.user}", str(self.root)),
            *("/bin/sh", "-c", inner),
        ]

    def environment(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        passed = {key: value for key, value in os.environ.items() if PASSED_ON.match(key)}
        return {"PATH": path, "HOME": "/tmp", **passed, **self.env, **(more or {})}

    def run(self, words: Sequence[str]) -> None:
        done = subprocess.run(
            self.command(words),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=STEP_LIMIT_S,
            check=False,
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout[-8000:]}"


def instructions(dockerfile: str) -> list[tuple[str, str]]:
    """(instruction, rest), continued lines joined, comments dropped."""
    lines = [line for line in dockerfile.splitlines() if not line.startswith("#")]
    joined = re.sub(r"\s*\\\n\s*", " ", "\n".join(lines))
    pairs = (line.partition(" ") for line in joined.splitlines() if line.strip())
    return [(word, rest.strip()) for word, _, rest in pairs]


def build(dockerfile: Path, scratch: Path) -> Stage:
    """Performs every step; the final stage."""
    stages: list[Stage] = []
    for word, rest in instructions(dockerfile.read_text(encoding="utf-8")):
        if word == "FROM":
            stages.append(_new_stage(rest, scratch / f"stage{len(stages)}"))
        else:
            perform(word, rest, stages, dockerfile)
    return stages[-1]


def perform(word: str, rest: str, stages: Sequence[Stage], dockerfile: Path) -> None:
    stage = stages[-1]
    stage.said[word] = rest
    if word == "RUN":
        stage.run([*json.loads(stage.said.get("SHELL", '["/bin/sh", "-c"]')), rest])
    elif word == "COPY":
        _copy(rest, stages, dockerfile)
    elif word == "ENV":
        for pair in shlex.split(rest):
            key, _, value = pair.partition("=")
            stage.env[key] = value.replace("$PATH", stage.environment()["PATH"])
    elif word == "WORKDIR":
        stage.workdir = rest
        (stage.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
    elif word == "USER":
        stage.user = rest
    else:
        assert word in {*METADATA, "HEALTHCHECK", "ENTRYPOINT", "CMD"}, f"unknown step {word}"


def _new_stage(rest: str, root: Path) -> Stage:
    image, _, name = rest.partition(" AS ")
    release = BASE.fullmatch(image)
    assert release, f"{image} is not a Debian that debootstrap can make"
    base = CACHE / release["release"]
    if not (base / "etc" / "debian_version").is_file():
        _debootstrap(release["release"], base)
    subprocess.run(["cp", "--archive", "--reflink=auto", str(base), str(root)], check=True)
    _lend_the_machines_network(root)
    return Stage(root, name)


def _debootstrap(release: str, base: Path) -> None:
    CACHE.mkdir(parents=True, exist_ok=True)
    unfinished = CACHE / f"{release}.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    command = ["debootstrap", "--variant=minbase", release, str(unfinished), *_mirror()]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:]
    unfinished.rename(base)


def _mirror() -> list[str]:
    """The mirror that this machine's apt uses, if it can be told."""
    for path in sorted(Path("/etc/apt").glob("sources.list*/**/*.sources")):
        if found := re.search(r"^URIs: *(\S+)", path.read_text(), re.MULTILINE):
            return [found[1]]
    return []


def _lend_the_machines_network(root: Path) -> None:
    """This machine's name resolution, certificate authorities and apt settings."""
    lent = [
        Path("/etc/resolv.conf"),
        Path("/etc/hosts"),
        Path("/etc/ssl/certs/ca-certificates.crt"),
    ]
    lent += Path("/usr/local/share/ca-certificates").glob("*.crt")
    lent += [p for p in Path("/etc/apt/apt.conf.d").iterdir() if "Acquire::" in p.read_text()]
    for path in lent:
        if path.is_file():
            target = root / path.relative_to("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)


def _copy(rest: str, stages: Sequence[Stage], dockerfile: Path) -> None:
    words = shlex.split(rest)
    stage = stages[-1]
    if words[0].startswith("--from="):
        origin = next(s for s in stages if s.name == words[0].removeprefix("--from="))
        source, target = (path.lstrip("/") for path in words[1:])
        destination = stage.root / target
        destination.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", str(origin.root / source), str(destination)], check=True)
        return
    *sources, target = words
    folder = stage.root / os.path.join(stage.workdir, target).lstrip("/")
    allowed = context(dockerfile.with_name(dockerfile.name + ".dockerignore"))
    for source in sources:
        taken = _taken(source, allowed)
        assert taken, f"nothing to copy for {source}"
        for path, inside in taken.items():
            (folder / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, folder / inside)


def _taken(source: str, allowed: Sequence[Path]) -> dict[Path, Path]:
    """What a COPY source takes: path in the context, and where that goes below the target."""
    origin = Path(source)
    if origin in allowed:
        return {origin: Path(origin.name)}
    return {path: path.relative_to(origin) for path in allowed if path.is_relative_to(origin)}


def context(ignore: Path) -> list[Path]:
    """The files that the ignore file lets in: `*`, then `!top`, then `**/name` to leave out."""
    lines = [line for line in ignore.read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    let_in = {line[1:] for line in lines if line.startswith("!")}
    left_out = {line.removeprefix("**/") for line in lines if line.startswith("**/")}
    return [p for p in files() if p.parts[0] in let_in and not left_out & set(p.parts)]
