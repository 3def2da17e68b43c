"""One party: what dialogs and sound tell, in the words of calls."""

import pytest

from calls.leg import Party, outcome_of
from events.queues import OfferOutcome
from media.errors import NotAcceptable
from media.events import (
    BeepHeard,
    Cue,
    DigitPressed,
    KeyToSend,
    PlaybackFinished,
    SoundLost,
    SourceLatched,
    SpeechBegan,
    SpeechEnded,
)
from sip.dialogs.leg_events import (
    Answered,
    Confirmed,
    HungUp,
    IdentityChanged,
    KeyByInfo,
    KeyRefused,
    Lost,
    OfferAnswered,
    OfferReceived,
    OfferRefused,
    Rejected,
    Ringing,
    Trying,
)
from sip.errors import NoFinalResponse
from tests.calls.scripted import Rig
from tests.virtual_time import in_virtual_time


@pytest.mark.parametrize(
    ("status", "local", "outcome"),
    [
        (486, False, OfferOutcome.BUSY),
        (600, False, OfferOutcome.BUSY),
        (603, False, OfferOutcome.REJECTED),
        (403, False, OfferOutcome.REJECTED),
        (302, False, OfferOutcome.REJECTED),
        (408, False, OfferOutcome.NO_ANSWER),
        (487, False, OfferOutcome.NO_ANSWER),
        (408, True, OfferOutcome.UNREACHABLE),
        (503, True, OfferOutcome.UNREACHABLE),
        (500, False, OfferOutcome.UNREACHABLE),
        (404, False, OfferOutcome.UNREACHABLE),
        (480, False, OfferOutcome.UNREACHABLE),
        (488, False, OfferOutcome.MEDIA_FAILED),
    ],
)
def test_what_a_refusal_says_about_the_phone(
    status: int, local: bool, outcome: OfferOutcome
) -> None:
    assert outcome_of(status, local=local) is outcome


# A called phone


def test_a_called_phone_rings_and_answers() -> None:
    rig = Rig()
    assert rig.happens(Ringing(180)) == ["rang"]
    assert rig.happens(Ringing(183, b"talk")) == ["rang early"]
    assert rig.happens(Answered(b"talk")) == ["answered"]
    assert rig.leg.answered
    assert not rig.leg.held


def test_early_sound_that_we_cannot_take_is_not_heard() -> None:
    assert Rig().happens(Ringing(183, b"strange")) == ["rang"]


def test_a_phone_may_answer_on_hold() -> None:
    rig = Rig()
    assert rig.happens(Answered(b"hold")) == ["answered"]
    assert rig.leg.held


def test_an_answer_that_we_cannot_take_is_hung_up() -> None:
    rig = Rig()
    assert rig.happens(Answered(b"strange")) == ["failed media_failure 488"]
    assert rig.sip.said == ["hang up media"]
    assert rig.leg.closed


def test_a_refusal_gives_the_sound_back() -> None:
    rig = Rig()
    assert rig.happens(Rejected(486, "Busy Here")) == ["failed busy 486"]
    assert rig.media.did == ["close"]


# A caller


def test_a_caller_is_rung_and_answered_with_one_description() -> None:
    rig = Rig()
    rig.leg.read_offer()
    assert rig.leg.progress()
    rig.leg.answer()
    assert rig.sip.said == ["progress answer", "answer answer"]


def test_an_offer_that_we_cannot_take_is_told_before_anything_rings() -> None:
    rig = Rig(offer=b"strange")
    with pytest.raises(NotAcceptable):
        rig.leg.read_offer()


def test_a_late_offer_is_ours_and_its_answer_comes_with_the_ack() -> None:
    rig = Rig(offer=b"")
    rig.leg.read_offer()
    assert not rig.leg.progress(), "there is no early sound without an offer"
    rig.leg.answer()
    assert rig.sip.said == ["ring", "answer ours"]
    assert rig.happens(Confirmed(b"talk")) == ["renegotiated"]
    assert not rig.leg.closed


@pytest.mark.parametrize("sdp", [b"", b"strange"])
def test_a_late_offer_without_a_usable_answer_ends_the_call(sdp: bytes) -> None:
    rig = Rig(offer=b"")
    rig.leg.read_offer()
    rig.leg.answer()
    assert rig.happens(Confirmed(sdp)) == ["lost media"]
    assert rig.sip.said[-1] == "hang up media"


def test_an_ordinary_ack_is_no_news() -> None:
    rig = Rig()
    rig.leg.read_offer()
    rig.leg.answer()
    assert rig.happens(Confirmed()) == []
    assert not rig.leg.closed


# Both


def talking(offer: bytes = b"talk") -> Rig:
    rig = Rig(offer=offer)
    rig.leg.read_offer()
    rig.leg.answer()
    rig.sip.said.clear()
    return rig


def test_hold_is_told_once() -> None:
    rig = talking()
    assert rig.happens(OfferReceived(b"hold")) == ["held"]
    assert rig.happens(OfferReceived(b"hold")) == ["renegotiated"]
    assert rig.happens(OfferReceived(b"talk")) == ["resumed"]
    assert rig.sip.said == ["accept answer"] * 3


def test_an_offer_without_description_gets_ours_and_hold_comes_with_its_answer() -> None:
    rig = talking()
    assert rig.happens(OfferReceived(b"")) == []
    assert rig.sip.said == ["accept ours again"]
    assert rig.happens(OfferAnswered(b"hold")) == ["held"]


def test_an_offer_that_we_cannot_take_changes_nothing() -> None:
    rig = talking()
    assert rig.happens(OfferReceived(b"strange")) == []
    assert rig.sip.said == ["refuse 488"]
    assert rig.happens(OfferRefused(488)) == []
    assert not rig.leg.closed


@in_virtual_time
async def test_keys_come_by_one_way_only() -> None:
    rig = talking()
    assert rig.happens(KeyByInfo("1", 100)) == ["key 1"]
    rig.media.on_event(DigitPressed("1", 100))
    assert rig.heard.told[-1] == "key 1", "the same press"
    rig.media.on_event(DigitPressed("2", 100))
    assert rig.heard.told[-2:] == ["key 1", "key 2"]
    assert rig.happens(KeyByInfo("2", 100)) == [], "the same key, told twice by the phone"


@in_virtual_time
async def test_tones_beside_info_are_an_echo_of_it() -> None:
    rig = talking()
    rig.media.keys_are_tones = True
    assert rig.happens(KeyByInfo("1", 100)) == ["key 1"]
    rig.media.did.clear()
    for key in "34":
        rig.media.on_event(DigitPressed(key, 25))
    assert rig.heard.told[-1] == "key 1"
    assert rig.media.did == ["hide tones True"], "nor does anybody else get them"


def test_keys_go_by_info_until_the_peer_refuses_one() -> None:
    rig = talking()
    rig.media.did.clear()
    rig.media.on_event(KeyToSend("5", 160))
    assert rig.sip.said[-1] == "key 5 160"
    assert rig.media.did == []
    assert rig.happens(KeyRefused("5", 160, 415)) == []
    assert rig.media.did == ["tell keys False", "press 5 160"]


@in_virtual_time
async def test_only_an_info_that_is_a_press_passes_on() -> None:
    rig = talking()
    rig.media.did.clear()
    rig.happens(KeyByInfo("1", 100))
    rig.media.on_event(DigitPressed("2", 100))
    rig.happens(KeyByInfo("2", 100))
    assert rig.media.did == ["take key 1"]


def test_cues_are_told_to_who_asked_for_them() -> None:
    rig = talking()
    heard: list[Cue] = []
    rig.leg.on_cue = heard.append
    cues = (SpeechBegan(), SpeechEnded(1.5), BeepHeard(1000, 0.4))
    for cue in cues:
        rig.media.on_event(cue)
    assert heard == list(cues)


def test_sound_is_told_in_order() -> None:
    rig = talking()
    rig.heard.told.clear()
    for event in (PlaybackFinished(3), SourceLatched("192.0.2.2", 7000), SoundLost(60.0)):
        rig.media.on_event(event)
    assert rig.heard.told == ["played 3", "silent"]


def test_hanging_up_is_told_with_its_reason() -> None:
    assert talking().happens(HungUp("SIP;cause=200")) == ["ended SIP;cause=200"]
    assert talking().happens(HungUp()) == ["ended hung_up"]
    assert talking().happens(Lost(NoFinalResponse("BYE", 32.0))) == ["lost lost"]


def test_nothing_is_told_of_a_closed_leg() -> None:
    rig = talking()
    rig.leg.hang_up("enough")
    assert rig.happens(HungUp(), OfferReceived(b"hold")) == []
    rig.leg.hang_up("again")
    rig.leg.reject(486)
    assert rig.sip.said == ["hang up enough"]
    assert rig.leg.statistics.packets_sent == 10


def test_a_line_is_given_back_once() -> None:
    rig, given_back = talking(), []
    rig.leg.on_close = lambda: given_back.append("line")
    rig.leg.hang_up()
    rig.leg.close()
    assert given_back == ["line"]


def test_our_own_broken_promise_ends_this_leg_alone() -> None:
    rig = talking()
    assert rig.happens(OfferReceived(b"broken")) == ["lost failed"]
    assert rig.sip.said == ["hang up failed"]


def test_refreshing_offers_the_session_again() -> None:
    rig = talking()
    rig.leg.refresh()
    assert rig.sip.said == ["offer ours again"]
    early = Rig()
    early.leg.refresh()
    assert early.sip.said == []


def test_a_snapshot_is_made_of_both_rooms() -> None:
    rig = talking()
    rig.leg.line = ("phone", "3001")
    assert rig.leg.snapshot() == {
        "name": "c-0",
        "line": ["phone", "3001"],
        "number": "",
        "answered": True,
        "held": False,
        "sip": {"dialog": "call-id"},
        "media": {"port": 7000},
    }


def test_a_phone_is_shown_whom_it_talks_with_unless_it_must_not_know() -> None:
    rig = Rig()
    rig.leg.show(Party("3001", "Ayu"))
    rig.leg.shows = lambda _: None
    rig.leg.show(Party("3002", "Budi"))
    assert rig.sip.said == ["show 3001 Ayu"]


def test_a_party_that_is_somebody_else_now_is_told() -> None:
    rig = Rig()
    told: list[Party] = []
    rig.leg.on_identity = told.append
    rig.happens(IdentityChanged("0812", "Citra"))
    assert told == [Party("0812", "Citra")]


def test_of_several_branches_the_newest_is_heard_until_one_has_sounded() -> None:
    rig = Rig()
    heard: list[str] = []
    rig.leg.on_sound = lambda: heard.append("sound")
    assert rig.happens(Ringing(183, b"talk", "a"), Ringing(183, b"talk", "b")) == ["rang early"] * 2
    rig.media.on_event(SourceLatched("192.0.2.9", 7000))
    assert heard == ["sound"]
    assert rig.happens(Ringing(183, b"strange", "a"), Ringing(180, b"", "b")) == ["rang"] * 2
    assert rig.happens(Ringing(183, b"talk", "b")) == ["rang early"]
    rig.happens(Answered(b"hold"))
    assert rig.leg.held, "whoever answers is taken"


def test_a_phone_that_is_there_is_told_of() -> None:
    rig = Rig()
    heard: list[str] = []
    rig.leg.on_trying = lambda: heard.append("there")
    assert rig.happens(Trying()) == []
    assert heard == ["there"]
