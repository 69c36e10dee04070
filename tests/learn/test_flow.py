"""The figures of MSH-10: what counts, what is unknown, and percentiles that occurred."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.learn.flow import QUANTILES, Facts, Judged, Reading, percentile, readings

NAMES = {
    "leases_active", "leases_stale", "tasks_ready", "tasks_waiting", "tasks_in_progress", "tasks_blocked",
    "review_queue", "escalations", "ready_age", "blocked_age", "review_age", "escalation_age",
    "rejection_rate", "escalation_rate", "veto_rate", "first_time_approval",
    "task_duration_p50", "task_duration_p90", "task_duration_p99",
    "review_duration_p50", "review_duration_p90", "review_duration_p99",
    "lease_renewals", "messages_day", "messages",
}  # fmt: skip
PAST = {
    "rejection_rate", "escalation_rate", "veto_rate", "first_time_approval", "lease_renewals",
    *(f"{name}_p{share * 100:g}" for name in ("task_duration", "review_duration") for share in QUANTILES),
}  # fmt: skip


def by_key(facts: Facts, now: float = 1000.0) -> dict[str, Reading]:
    return {one.key: one for one in readings(facts, now)}


def test_every_figure_of_the_founding_document_is_there_once():
    found = readings(Facts(), 0.0)
    assert {one.key for one in found} == NAMES
    assert len(found) == len(NAMES)


def test_what_nobody_did_is_unknown_and_never_zero():
    found = by_key(Facts())
    assert {key for key, one in found.items() if one.value is None} == PAST | {
        "ready_age", "blocked_age", "review_age", "escalation_age",
    }  # fmt: skip
    assert all(one.why for one in found.values() if one.value is None)
    assert found["tasks_blocked"].value == 0


@given(
    st.builds(
        Facts,
        leases_active=st.integers(0, 9),
        judged=st.lists(st.builds(Judged, st.floats(0, 9), st.none() | st.floats(9, 99), st.booleans())),
        done=st.lists(st.tuples(st.floats(0, 1e6), st.integers(0, 4))),
        failed=st.integers(0, 5),
        attempts=st.integers(0, 5),
        vetoes=st.integers(0, 5),
        renewed=st.integers(0, 50),
        renewing=st.integers(0, 5),
    )
)
def test_every_reading_has_source_and_time_and_is_either_measured_or_explained(facts: Facts):
    for one in readings(facts, 1000.0):
        assert one.source
        assert one.about
        assert one.at == 1000.0
        assert (one.value is None) == bool(one.why)
        if one.value is not None:
            assert math.isfinite(one.value)
            assert one.value >= 0
        if one.unit == "ratio" and one.key != "veto_rate":
            assert one.value is None or one.value <= 1


def test_rates_say_what_they_are_of():
    judged = [Judged(0, 10, True), Judged(0, 20, False), Judged(0, 30, False), Judged(0, None, False)]
    done = [(60.0, 1), (120.0, 2), (5.0, 0)]
    found = by_key(Facts(judged=judged, done=done, failed=1, attempts=8, vetoes=2, renewed=24, renewing=8))
    told = {key: (one.value, one.of) for key, one in found.items() if one.unit == "ratio"}
    assert told == {
        "rejection_rate": (pytest.approx(1 / 3), 3),  # the undecided one is in neither
        "escalation_rate": (0.25, 4),
        "veto_rate": (0.25, 8),
        "first_time_approval": (0.5, 2),  # nothing was submitted for the third
    }
    assert (found["lease_renewals"].value, found["lease_renewals"].of) == (3.0, 8)
    assert (found["review_duration_p50"].value, found["review_duration_p99"].value) == (20.0, 30.0)
    assert found["task_duration_p50"].value == 60.0


def test_renewals_that_nothing_records_are_unknown():
    found = by_key(Facts(attempts=3))["lease_renewals"]
    assert (found.value, found.of) == (None, 0)
    assert "only those with a key" in found.why


def test_ages_are_of_the_oldest_and_never_negative():
    found = by_key(Facts(oldest={"blocked": 400.0, "review": 1200.0}))
    assert (found["blocked_age"].value, found["review_age"].value) == (600.0, 0.0)
    assert found["escalation_age"].value is None


def test_a_window_that_was_not_read_whole_says_so():
    found = by_key(Facts(done=[(1.0, 1)], cut=True))
    assert "only the newest" in found["task_duration_p50"].source
    assert "only the newest" not in found["tasks_ready"].source


@given(st.lists(st.floats(-1e9, 1e9), min_size=1), st.floats(0.001, 1))
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(values: list[float], share: float):
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= math.ceil(share * len(values))
    assert sum(value < found for value in values) < math.ceil(share * len(values))
