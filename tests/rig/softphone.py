"""Drives a softphone's process: the same words for baresip and for PJSIP.

    async with Softphone.baresip(user="2001", password="demo-2001", domain=centre.sip,
                                 folder=tmp_path) as phone:
        await phone.register()
        await phone.call(f"sip:1000@{centre.sip}")
        await phone.expect("established")
        await phone.press("1")
        path = await phone.heard()

Every wait is for an event, bounded, and fails with all that the phone told so far.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.rig.handset import key_tones
from tests.rig.phones.wire import write_pcm
from tests.rig.pjsua2 import pjsua2_python
from tests.rig.ports import LOOPBACK, free_ports

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE_S: Final = 30.0
RTP_PORTS: Final = 16


@dataclass(frozen=True, slots=True)
class PhoneEvent:
    """What a phone told: its name, the number of the call if it is about one, and the rest."""

    name: str
    call: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)


class Softphone:
    """One phone, one process. Use it with `async with`; it ends with the block."""

    def __init__(
        self,
        stack: str,
        *,
        user: str,
        domain: str,
        folder: Path,
        password: str = "",
        registrar: str | None = None,
        transport: str = "udp",
        codecs: Sequence[str] = ("pcmu", "pcma"),
        keys_by: str = "rtpevent",
        expires_s: int = 600,
        answers: bool = False,
        protection: str = "none",
        address: str = LOOPBACK,
        namespace: str | None = None,
        authorities: str | None = None,
        lamp: bool = False,
    ) -> None:
        """`domain`: host or host:port. `keys_by`: "rtpevent", "info" or (pjsua2 only) "inband".
        `answers`: by itself.

        `protection`: of its sound, "none", or by keys from "sdes" or "dtls" and not without.
        `namespace`: the network namespace that `address` is in, if it is not ours. `authorities`:
        whom TLS believes. `lamp`: subscribes to waiting messages and tells "messages" (pjsua2).
        """
        self._keys_by = keys_by
        self._prefix = ("ip", "netns", "exec", namespace) if namespace else ()
        ours = LOOPBACK if namespace or ":" in address else address
        self.user = user
        self._folder = folder
        self.stack = stack
        self.port = free_ports(2, address=ours)
        self.contact = f"sip:{user}@{address}:{self.port}"
        self.events: list[PhoneEvent] = []
        self.log = folder / f"{stack}-{user}-{self.port}.log"
        self.current_call = 0
        """Number of the newest call, which commands are about."""
        self._taken: set[int] = set()
        self._news = asyncio.Condition()
        rtp = free_ports(RTP_PORTS, address=ours)
        self._arguments = [
            *("--user", user, "--domain", domain, "--password", password, "--address", address),
            *("--port", str(self.port), "--rtp-first", str(rtp)),
            *("--rtp-last", str(rtp + RTP_PORTS - 1), "--transport", transport),
            *("--codecs", ",".join(codecs), "--keys-by", keys_by, "--expires-s", str(expires_s)),
            *("--protection", protection, "--folder", str(folder)),
            *(("--registrar", registrar) if registrar else ()),
            *(("--answers",) if answers else ()),
            *(("--authorities", authorities) if authorities else ()),
            *(("--lamp",) if lamp else ()),
        ]

    @classmethod
    def baresip(cls, **options: Any) -> Self:
        """The everyday phone: libbaresip by the `baresip-python` wheel. Options as `__init__`."""
        return cls("baresip", **options)

    @classmethod
    def pjsua2(cls, **options: Any) -> Self:
        """The second, independent stack: PJSIP, in an environment of its own."""
        return cls("pjsua2", **options)

    async def __aenter__(self) -> Self:
        python = sys.executable if self.stack == "baresip" else str(pjsua2_python())
        module = f"tests.rig.phones.{self.stack}_phone"
        with self.log.open("wb") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(*self._prefix, python, "-m", module, *self._arguments),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
            )
        self._reading = asyncio.create_task(self._read())
        await self.expect("ready", within_s=30)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with contextlib.suppress(ConnectionError):
            self._tell("quit")
            assert self._process.stdin is not None
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), PATIENCE_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            told = json.loads(line)
            event = PhoneEvent(told.pop("event"), told.pop("call", None), told)
            async with self._news:
                self.current_call = max(self.current_call, event.call or 0)
                self.events.append(event)
                self._news.notify_all()
        async with self._news:
            self.events.append(PhoneEvent("gone"))
            self._news.notify_all()

    def _tell(self, verb: str, **fields: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": verb, **fields}).encode() + b"\n")

    async def kill(self) -> None:
        """The phone vanishes: no BYE, no un-REGISTER, its ports closed."""
        self._process.kill()
        await self._process.wait()

    # ---- waiting

    async def expect(
        self,
        name: str,
        *,
        call: int | None = None,
        within_s: float = PATIENCE_S,
        unless: Sequence[str] = (),
    ) -> PhoneEvent:
        """The next event of this name (and call). Each is returned once; an earlier one counts.

        Fails when it does not come in time, when the phone reports a problem or is gone, or when
        an event named in `unless` comes after all that was expected so far.
        """
        fatal = {"problem", "gone", *unless} - {name}
        begun = max(self._taken, default=-1) + 1
        try:
            async with asyncio.timeout(within_s), self._news:
                while True:
                    for at, event in enumerate(self.events):
                        matches = event.name == name and call in (None, event.call)
                        if matches and at not in self._taken:
                            self._taken.add(at)
                            return event
                        assert event.name not in fatal or at < begun, self._story(name)
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(self._story(name)) from None

    def has_told(self, name: str, *, call: int) -> bool:
        """Whether this happened to the call, waited for or not."""
        return any(event.name == name and event.call == call for event in self.events)

    def _story(self, wanted: str) -> str:
        lines = [f"{event.name} {event.call or ''} {dict(event.fields)}" for event in self.events]
        told = "\n  ".join(lines) or "nothing"
        return f"phone {self.user} waited for {wanted!r}; it told:\n  {told}\nits log: {self.log}"

    # ---- what a person does with a phone

    async def register(self) -> None:
        self._tell("register")
        await self.expect("registered", unless=["register_failed"])

    async def unregister(self) -> None:
        self._tell("unregister")
        await self.expect("unregistered")

    async def try_to_register(self) -> PhoneEvent:
        """Registers with what may be wrong credentials: the refusal, with its status."""
        self._tell("register")
        return await self.expect("register_failed", unless=["registered"])

    async def call(self, uri: str) -> None:
        """Dials; `expect("established")` or `expect("closed")` tells what became of it."""
        self.current_call += 1
        self._tell("call", uri=uri)

    async def answer(self) -> None:
        """Answers the call that rings and waits until it stands."""
        await self.expect("incoming")
        self._tell("answer", call=self.current_call)
        await self.expect("established", unless=["closed"])

    async def reject(self) -> None:
        """Answers the call that rings with 486."""
        await self.expect("incoming")
        self._tell("reject", call=self.current_call)

    async def hang_up(self) -> None:
        call = self.current_call
        self._tell("hang_up", call=call)
        await self.expect("closed", call=call)

    async def hold(self) -> None:
        self._tell("hold", call=self.current_call)

    async def resume(self) -> None:
        self._tell("resume", call=self.current_call)

    async def transfer(self, uri: str, *, call: int | None = None) -> None:
        """Passes the other side of a call on (REFER); ends with "closed" when that succeeds."""
        self._tell("transfer", call=call or self.current_call, uri=uri)

    async def join(self, call: int, other: int) -> None:
        """Lets the other sides of two calls speak with each other (REFER with Replaces)."""
        self._tell("join", call=call, other=other)

    async def press(self, keys: str) -> None:
        """A phone with keys "inband" says them: what it said before is over."""
        if self._keys_by == "inband":
            await self.say(key_tones(keys), loop=False)
            return
        self._tell("keys", call=self.current_call, keys=keys)

    async def say(self, sound: Path | bytes, *, loop: bool = True) -> None:
        """Speaks a sound in every call that stands, or from the next one's start.

        8 kHz mono 16 bit: a WAV file, or samples as `tests.sound` makes them.
        """
        if isinstance(sound, bytes):
            path = self._folder / f"{self.user}-says-{len(sound)}.wav"
            write_pcm(path, sound)
            sound = path
        self._tell("play", path=str(sound), loop=loop)

    async def fall_silent(self) -> None:
        self._tell("silence")

    async def heard(self, *, more_s: float = 0) -> Path:
        """All that arrived in the newest call, as a WAV file, once `more_s` seconds of it are new.

        Decoded samples one after another: time in which no packet came is not in it.
        """
        call = self.current_call
        self._tell("heard", call=call, more_s=more_s)
        event = await self.expect("heard", call=call, within_s=more_s + PATIENCE_S)
        return Path(event.fields["path"])
