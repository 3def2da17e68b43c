"""Keys, checked against both engines by `test_media_contract`."""

from media.events import DigitPressed, KeyToSend
from media.service import MediaService
from tests.media.contract_party import pair


async def keys_arrive_in_order(media: MediaService) -> None:
    a, b = pair(media)
    for key in "1*#":
        a.leg.send_digit(key, 80)
    for key in "1*#":
        event = await b.next()
        assert isinstance(event, DigitPressed)
        assert event.key == key
    assert a.nothing_told()


async def keys_cross_a_bridge(media: MediaService) -> None:
    caller, ours = pair(media)
    agent, theirs = pair(media)
    ours.leg.bridge(theirs.leg)
    caller.leg.send_digit("5")
    for party in (ours, agent):
        event = await party.next()
        assert isinstance(event, DigitPressed)
        assert event.key == "5"
    assert agent.nothing_told()
    ours.leg.unbridge()
    caller.leg.send_digit("6")
    assert isinstance(await ours.next(), DigitPressed)
    assert agent.nothing_told()


async def keys_cross_a_bridge_to_who_takes_no_events(media: MediaService) -> None:
    caller, ours = pair(media)
    agent, theirs = pair(media, keys_as_tones=True)
    assert (ours.leg.keys_are_tones, theirs.leg.keys_are_tones) == (False, True)
    ours.leg.bridge(theirs.leg)
    for key in "5*5":
        caller.leg.send_digit(key)
    for _ in range(3):
        assert isinstance(await ours.next(), DigitPressed)
    ours.leg.keep_confidential(True)
    caller.leg.send_digit("9")
    assert isinstance(await ours.next(), DigitPressed)
    ours.leg.keep_confidential(False)
    caller.leg.send_digit("#")
    for key in "5*5#":
        event = await agent.next()
        assert isinstance(event, DigitPressed)
        assert event.key == key
    assert agent.nothing_told()
    assert theirs.nothing_told()


async def keys_by_sip_go_the_same_ways(media: MediaService) -> None:
    _, ours = pair(media)
    agent, theirs = pair(media)
    ours.leg.bridge(theirs.leg)
    ours.leg.guard_codes(["*7"])
    for key in "1*72":
        ours.leg.take_key(key)
    ours.leg.keep_confidential(True)
    ours.leg.take_key("9")
    ours.leg.keep_confidential(False)
    ours.leg.take_key("3")
    for key in "123":
        event = await agent.next()
        assert isinstance(event, DigitPressed)
        assert event.key == key
    assert ours.nothing_told()
    theirs.leg.tell_keys(True)
    ours.leg.take_key("4")
    theirs.leg.send_digit("5", 100)
    told = [await theirs.next(), await theirs.next()]
    assert told == [KeyToSend("4", 160), KeyToSend("5", 100)]
    theirs.leg.tell_keys(False)
    ours.leg.take_key("6")
    event = await agent.next()
    assert isinstance(event, DigitPressed)
    assert event.key == "6"
    assert theirs.nothing_told()


async def confidential_keys_are_told_and_cross_no_bridge(media: MediaService) -> None:
    caller, ours = pair(media)
    agent, theirs = pair(media)
    ours.leg.bridge(theirs.leg)
    ours.leg.keep_confidential(True)
    caller.leg.send_digit("4")
    assert isinstance(await ours.next(), DigitPressed)
    ours.leg.keep_confidential(False)  # while the phone still repeats the end of that key
    caller.leg.send_digit("5")
    assert isinstance(await ours.next(), DigitPressed)
    event = await agent.next()
    assert isinstance(event, DigitPressed)
    assert event.key == "5"
    assert agent.nothing_told()


async def a_feature_code_crosses_no_bridge(media: MediaService) -> None:
    caller, ours = pair(media)
    agent, theirs = pair(media)
    ours.leg.bridge(theirs.leg)
    ours.leg.guard_codes(["*7"])
    for key in "*75*8":
        caller.leg.send_digit(key)
    for _ in range(5):
        assert isinstance(await ours.next(), DigitPressed)
    ours.leg.guard_codes([])
    caller.leg.send_digit("*")
    for key in "5*8*":
        event = await agent.next()
        assert isinstance(event, DigitPressed)
        assert event.key == key
    assert agent.nothing_told()
