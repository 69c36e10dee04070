"""Order: urgency, ties, the aged lane, and when a person should decide."""

from dataclasses import replace

import pytest

from windlass.backlog.model import Item, ItemState, Urgency
from windlass.backlog.rank import DAY_S, RankSettings, decide_after_days, order, rate, urgency

NOW = 1_800_000_000.0
PLAIN = RankSettings()


def make(number: int, *, age: float = 0.0, size: int = 3, value: int = 2, **more: object) -> Item:
    item = Item(
        number, 1, f"k{number}", "manual", "", "feature", f"item {number}", "",
        value, 1, 1, size, "default", 1.0,
        Urgency.STANDARD, None, ItemState.OPEN, "", False, (), None, (), None, NOW - age * DAY_S, NOW, None,
    )  # fmt: skip
    return replace(item, **more)


def ids(items: list[Item], settings: RankSettings = PLAIN, picked: int = 0) -> list[int]:
    return [r.item.id for r in order([rate(i, [], NOW, settings) for i in items], settings, picked=picked)]


@pytest.mark.parametrize(
    ("kind", "due_in", "age", "curve"),
    [
        (Urgency.STANDARD, None, 50, 1.0), (Urgency.EXPEDITE, None, 0, 10.0),
        (Urgency.FIXED_DATE, 30, 0, 0.2), (Urgency.FIXED_DATE, 0.5, 0, 6.0), (Urgency.FIXED_DATE, -3, 0, 6.0),
        (Urgency.INTANGIBLE, None, 0, 0.3), (Urgency.INTANGIBLE, None, 45, 0.65),
        (Urgency.INTANGIBLE, None, 900, 1.0),
    ],
)  # fmt: skip
def test_urgency_follows_its_curve(kind: Urgency, due_in: float | None, age: float, curve: float) -> None:
    due = None if due_in is None else NOW + due_in * DAY_S
    assert urgency(make(1, age=age, urgency=kind, due_at=due), NOW, DAY_S) == pytest.approx(curve)


def test_better_first_then_shorter_then_older() -> None:
    worth_more = make(1, value=8)
    shorter, longer = make(2, value=1, size=1, risk_reduction=1), make(3, value=3, size=2, risk_reduction=1)
    older = make(4, value=1, size=1, risk_reduction=1, age=3)
    assert ids([longer, shorter, older, worth_more]) == [1, 4, 2, 3]


def test_every_twentieth_pick_comes_from_the_aged_lane() -> None:
    fresh = [make(n, value=13) for n in range(1, 41)]
    old = [make(100, value=1, size=1, age=60), make(101, value=1, size=1, age=90)]
    order_of = ids([*fresh, *old])
    assert (order_of[19], order_of[39]) == (101, 100)
    assert sorted(order_of) == sorted(i.id for i in [*fresh, *old])


def test_the_lane_counts_picks_made_before() -> None:
    items = [make(1, value=13), make(2, value=1, size=1, age=60)]
    assert ids(items, picked=18) == [1, 2]
    assert ids(items, picked=19) == [2, 1]


def test_rating_shows_every_number_and_one_path_once() -> None:
    rated = rate(make(1, age=16), ["a", "a", "b"], NOW, PLAIN)
    assert (rated.findings, rated.paths, rated.actionable) == (3, ("a", "b"), True)
    assert rated.wsjf == pytest.approx(rated.base * 1.5)


def test_an_owner_may_score_by_their_own_function_and_boost_categories() -> None:
    mine = RankSettings(scoring=lambda item, age: 7.5, boosts={"security": 1.5})
    assert rate(make(1), [], NOW, mine).wsjf == 7.5
    safe = RankSettings(boosts={"security": 1.5})
    plain, boosted = (rate(make(1, category=c), [], NOW, safe).wsjf for c in ("feature", "security"))
    assert boosted == pytest.approx(plain * 1.5)


def test_decide_after_three_times_p85_of_what_was_done() -> None:
    assert decide_after_days([1.0] * 9) is None
    assert decide_after_days([float(n) for n in range(1, 101)]) == 255.0


def test_a_clock_that_went_back_makes_nothing_younger_than_new() -> None:
    assert rate(make(1, age=-100), [], NOW, PLAIN).age_days == 0.0
