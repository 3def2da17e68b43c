"""voicemail: greeting, message, second thoughts; nothing said is nothing left."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ivr.caller import Recorded
from ivr.node import FlowFault
from ivr.nodes.voicemail import Voicemail
from tests.ivr.fake_caller import FakeCaller
from tests.ivr.flow_files import mistakes
from tests.virtual_time import in_virtual_time

REVIEW: dict[str, Any] = {"prompt": "review"}


def node(**fields: Any) -> Voicemail:
    usual = {"mailbox": "sales", "prompt": "greeting", "next": "sent", "failed": "no"}
    return Voicemail.model_validate({**usual, **fields})


def take(name: str, seconds: float, ended_by: str = "key") -> Recorded:
    return Recorded(name, seconds, ended_by)


async def run(caller: FakeCaller, **fields: Any) -> tuple[str, str]:
    left = await node(**fields).run(caller)
    return left.outcome, str(left.target)


@in_virtual_time
async def test_what_is_said_is_sent() -> None:
    caller = FakeCaller()
    caller.says = [take("a", 12)]
    assert await run(caller) == ("next", "sent")
    assert (caller.heard, caller.did) == (["greeting"], ["record 180 5 # sales"])
    assert caller.world.messages.left == ["sales"]


@pytest.mark.parametrize(
    ("keys", "did"),
    [
        (("1",), []),
        (("", "", ""), []),
        (("7", "8", "9"), []),
        (("2", "1"), ["play a"]),
        (("3", "1"), ["record 180 5 # sales"]),
        (("3", "3", "3"), ["record 180 5 # sales", "record 180 5 # sales"]),
    ],
)
@in_virtual_time
async def test_second_thoughts(keys: tuple[str, ...], did: list[str]) -> None:
    caller = FakeCaller(*keys)
    caller.says = [take("a", 12), take("b", 13), take("c", 14)]
    assert await run(caller, review=REVIEW) == ("next", "sent")
    assert caller.did[1:] == did
    assert caller.world.messages.left == ["sales"]
    caller.world.messages.call_over()
    assert caller.world.messages.left == ["sales"], "what was spoken anew is gone"


@in_virtual_time
async def test_the_silence_that_ends_it_is_nothing_said() -> None:
    caller = FakeCaller()
    caller.says = [take("a", 5.5, "silence"), take("b", 1.0), take("c", 6.0, "silence")]
    assert await run(caller, too_short="short") == ("too_short", "no")
    assert caller.heard == ["greeting", "short", "short"]
    assert caller.world.messages.left == []


@in_virtual_time
async def test_what_cannot_be_recorded_or_kept_leads_elsewhere() -> None:
    caller = FakeCaller()
    caller.says = [Recorded("", 0.0, "failed")]
    assert await run(caller) == ("failed", "no")
    full = FakeCaller()
    full.world.messages = type(full.world.messages)(full=True)
    assert await run(full) == ("full", "no")
    assert await run(full, full="later") == ("full", "later")
    assert full.heard == []


@in_virtual_time
async def test_the_mailbox_may_be_computed() -> None:
    caller = FakeCaller(dialled="2001")
    await run(caller, mailbox="{{ dialled }}")
    assert caller.world.messages.left == ["2001"]
    caller.world.messages.missing = {"2001"}
    with pytest.raises(FlowFault, match="no mailbox '2001'"):
        await run(caller, mailbox="{{ dialled }}")


def test_keys_of_the_review_differ() -> None:
    with pytest.raises(ValidationError, match="keys of their own"):
        node(review={"prompt": "review", "send": "2"})


FLOW = """\
languages: [en]
start: leave
nodes:
  leave:
    kind: voicemail
    mailbox: suport
    prompt: hello
    next: end
    failed: end
"""


def test_an_unknown_mailbox_is_told_at_its_line(tmp_path: Path) -> None:
    (told,) = mistakes(tmp_path, mailboxes=("support",), main=FLOW)
    assert told == (
        "main.yaml:6: nodes.leave.mailbox: there is no mailbox 'suport'; did you mean 'support'?"
    )
    assert mistakes(tmp_path, mailboxes=("suport",), main=FLOW) == []


@pytest.mark.parametrize(("ended_by", "heard"), [("key", True), ("silence", False)])
async def test_noise_alone_keeps_no_call_in_circles(ended_by: str, heard: bool) -> None:
    caller = FakeCaller()
    caller.says = [take("a", 60, ended_by)]
    assert (await node().run(caller)).heard is heard
