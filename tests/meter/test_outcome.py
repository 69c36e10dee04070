"""What statuses and errors mean, and how long is waited."""

import pytest

from windlass.meter.model import Outcome
from windlass.meter.outcome import (
    AGAIN,
    BACKOFF_MAX_S,
    is_free,
    of_error,
    of_status,
    pause_s,
    retry_after_s,
)

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.ANSWERED), (301, Outcome.GARBAGE), (400, Outcome.INVALID),
        (401, Outcome.UNAUTHENTICATED), (408, Outcome.TIMED_OUT),
        (402, Outcome.FORBIDDEN), (403, Outcome.FORBIDDEN), (404, Outcome.NOT_FOUND),
        (413, Outcome.INVALID), (422, Outcome.INVALID), (429, Outcome.RATE_LIMITED),
        (500, Outcome.SERVER_ERROR),
        (529, Outcome.SERVER_ERROR), (599, Outcome.SERVER_ERROR),
    ],
)  # fmt: skip
def test_a_status_has_one_meaning(status: int, outcome: Outcome) -> None:
    assert of_status(status) is outcome


@pytest.mark.parametrize(
    ("kind", "outcome"),
    [
        ("authentication_error", Outcome.UNAUTHENTICATED), ("permission_error", Outcome.FORBIDDEN),
        ("insufficient_quota", Outcome.FORBIDDEN), ("not_found_error", Outcome.NOT_FOUND),
        ("rate_limit_exceeded", Outcome.RATE_LIMITED), ("RESOURCE_EXHAUSTED", Outcome.RATE_LIMITED),
        ("DEADLINE_EXCEEDED", Outcome.TIMED_OUT), ("invalid_request_error", Outcome.INVALID),
        ("overloaded_error", Outcome.SERVER_ERROR), ("error", Outcome.SERVER_ERROR),
    ],
)  # fmt: skip
def test_an_error_in_a_stream_has_one_meaning(kind: str, outcome: Outcome) -> None:
    assert of_error(kind) is outcome


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None), ({"retry-after": "3"}, 3.0), ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after": "Fri, 15 Jan 2027 08:00:09 GMT"}, 9.0),
        ({"retry-after": "Thu, 01 Jan 2026 00:00:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None), ({"retry-after": "-3"}, None), ({"retry-after": "9" * 30}, None),
    ],
)  # fmt: skip
def test_what_a_provider_asks_is_understood(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s(headers, NOW) == seconds


@pytest.mark.parametrize("outcome", list(Outcome))
def test_only_what_may_pass_by_itself_is_tried_again(outcome: Outcome) -> None:
    assert (pause_s(outcome, 1, None, most_s=30, jitter=0) is not None) is (outcome in AGAIN)
    assert Outcome.CUT not in AGAIN
    assert Outcome.GARBAGE not in AGAIN


def test_pauses_grow_to_a_bound_and_what_is_asked_is_kept() -> None:
    pauses = [pause_s(Outcome.SERVER_ERROR, n, None, most_s=30, jitter=0) for n in range(1, 8)]
    assert pauses == [0.5, 1, 2, 4, 8, BACKOFF_MAX_S, BACKOFF_MAX_S]
    assert pause_s(Outcome.SERVER_ERROR, 1, None, most_s=30, jitter=1) == 0.25
    assert pause_s(Outcome.SERVER_ERROR, 5, None, most_s=1, jitter=0) == 1
    assert pause_s(Outcome.RATE_LIMITED, 1, 30.0, most_s=30, jitter=1) == 30.0
    assert pause_s(Outcome.RATE_LIMITED, 1, 31.0, most_s=30, jitter=1) is None


def test_what_may_have_been_worked_on_is_not_free() -> None:
    assert is_free(Outcome.CAPPED, None, sent=False)
    assert is_free(Outcome.RATE_LIMITED, 429, sent=True)
    assert is_free(Outcome.UNREACHABLE, None, sent=True)
    assert is_free(Outcome.TIMED_OUT, 408, sent=True)
    for outcome in (
        Outcome.ANSWERED,
        Outcome.CUT,
        Outcome.DROPPED,
        Outcome.TIMED_OUT,
        Outcome.LEFT,
        Outcome.GARBAGE,
    ):
        assert not is_free(outcome, None, sent=True)
