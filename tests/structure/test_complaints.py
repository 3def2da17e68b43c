"""What users of other systems complain about, and which of our tests shows that it is not so here.

The map is kept true: a test that is renamed or taken away must be named anew here. One complaint is
answered in part: there is no cluster, but another process elsewhere goes on from the log of one
that died (docs/decisions/2026-11-22-one-process.md says what that covers, and what it does not).
"""

from typing import Final

import pytest

from tests.structure.checkout import ROOT

COMPLAINTS: Final = {
    "two agents answer one call": "acd/test_offers.py::test_a_ring_group_has_one_winner",
    "ring-all restarts after an early hang-up": (
        "acd/test_offers.py::test_a_caller_who_leaves_stops_the_whole_group"
    ),
    "zombie agent legs": "scenario/test_day.py::test_every_call_ended_once_and_last",
    "agents stuck reserved": "acd/test_offers.py::test_a_lease_ends_by_itself",
    "agents stuck in a call": (
        "acd/test_agents.py::test_the_end_of_a_call_frees_its_agents_whatever_was_not_told"
    ),
    "free agents not served while calls wait": (
        "acd/test_centre_by_seed.py::test_promises_are_kept_through_a_busy_day"
    ),
    "a free agent excluded for ever": "acd/test_exclusions.py::test_each_exclusion_ends",
    "a restart loses queue order": (
        "scenario/test_restarts.py::test_a_caller_keeps_their_place_and_age"
    ),
    "a restart loses pause reasons": (
        "scenario/test_restarts.py::test_a_caller_keeps_their_place_and_age"
    ),
    "a restart loses statistics": (
        "e2e/test_numbers_agree.py::"
        "test_all_surfaces_show_the_same_numbers_before_and_after_a_restart"
    ),
    "a restart loses wrap-up": "scenario/test_restarts.py::test_wrap_up_ends_on_time",
    "expected wait that is wrong": "acd/test_expected_waits.py",
    "dead air when a prompt is missing": (
        "calls/test_sounds.py::test_a_missing_prompt_is_skipped_and_named_in_the_log"
    ),
    "transfers missing from statistics": (
        "calls/stories/test_transfer.py::test_the_next_agent_s_handling_is_counted_apart"
    ),
    "talk time that includes waiting": "scenario/test_day.py::test_stories_equal_the_log",
    "statistics that contradict each other": "scenario/test_day.py::test_metrics_equal_the_log",
    "no skill routing": ("e2e/test_sipp_agents.py::test_language_and_skill_choose_the_agent"),
    "rules frozen at entry": (
        "acd/test_queues.py::test_a_new_configuration_holds_for_who_already_waits"
    ),
    "call-back that jumps the queue or rings twice": (
        "e2e/test_sipp_routing.py::"
        "test_who_hangs_up_for_a_call_back_keeps_their_place_and_is_called"
    ),
    "unreachable phones offered again and again": (
        "acd/test_offers.py::test_a_phone_that_fails_rests_and_longer_each_time"
    ),
    "callers left in a queue that everybody left": (
        "acd/test_queues.py::test_callers_are_not_left_in_a_queue_that_everybody_left"
    ),
    "keypad digits lost between prompts": (
        "calls/stories/test_flow.py::test_what_is_typed_ahead_serves_node_after_node"
    ),
    "a call killed because no sound came while on hold": (
        "calls/test_queue_calls.py::test_silence_on_hold_ends_nothing"
    ),
    "INVITE and CANCEL in a loop when states change": (
        "calls/test_status_changes.py::test_what_rings_rings_on_whatever_changes"
    ),
    "flood guards that block a whole trunk": (
        "sip/edges/test_trunk_floods.py::test_the_next_call_after_a_flood"
    ),
    "an attended transfer that fails on glare": (
        "calls/stories/test_attended_transfer.py::test_an_attended_transfer_meets_a_re_invite"
    ),
    "one-way sound behind NAT": "e2e/test_nat.py",
    "wrap-up broken across several queues": (
        "acd/test_agents.py::"
        "test_wrap_up_is_that_of_the_queue_they_served_and_keeps_them_from_all_others"
    ),
    "one thread scanning queues x members": (
        "acd/test_scaling.py::test_a_centre_twenty_times_as_big_decides_in_hardly_more_lines"
    ),
    "everything stands still while a burst is served": (
        "calls/test_feed_bursts.py::"
        "test_a_reload_that_rings_sixty_phones_gives_way_every_five_milliseconds"
    ),
    # one loop, one queue of events, no locks; a watchdog sees to it that whatever crosses ends
    "deadlocks": "scenario/test_crossings.py::test_everything_that_is_awaited_ends",
    "decisions in the middle of others": (
        "calls/test_feed.py::test_what_an_effect_raises_waits_until_the_effects_before_it_are_done"
    ),
    "abandoned calls not listed": (
        "records/test_reading.py::test_a_call_that_was_given_up_is_listed_with_its_wait"
    ),
    "polling clients logged out by lag": (  # nobody polls, and who lags is told so
        "web/routes/test_events.py::test_a_client_that_falls_behind_is_dropped_with_a_reason"
    ),
    "polling to know what goes on": (
        "scenario/test_event_stream.py::test_who_reads_the_stream_knows_what_the_api_would_say"
    ),
    # by their phone's own list, their state, the events and the call's record
    "missed queue calls not told to agents": (
        "calls/test_missed_calls.py::test_who_does_not_answer_is_told_everywhere"
    ),
    "missed calls that a colleague took": (
        "calls/test_missed_calls.py::test_what_a_colleague_took_was_not_missed"
    ),
    "no cluster": (
        "scenario/test_standby.py::test_another_process_elsewhere_keeps_places_ages_and_pauses"
    ),
}


@pytest.mark.parametrize("complaint", sorted(COMPLAINTS))
def test_a_test_shows_that_it_is_not_so_here(complaint: str) -> None:
    path, _, name = COMPLAINTS[complaint].partition("::")
    text = (ROOT / "tests" / path).read_text(encoding="utf-8")
    assert f"def {name or 'test_'}" in text
