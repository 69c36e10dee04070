"""The ratchet of a repository under care."""

import pytest
from tests.app.shop import Shop

from windlass.app.ratcheting import Ratcheting, founding
from windlass.kernel import NotFound


def test_the_main_branch_is_measured_and_counts(shop: Shop) -> None:
    ratcheting = Ratcheting(shop.open())
    assert all(one.standing.latest is None for one in ratcheting.courses(30))
    found = ratcheting.enforce()
    assert found.commit == found.base
    lint = ratcheting.course("lint", 30)
    assert lint.standing.latest is not None
    assert (lint.standing.bound, lint.standing.latest.commit) == (lint.standing.latest.value, found.commit)
    assert (lint.trend, lint.forecast, lint.to_target) == (None, None, None)
    assert len(ratcheting.course("lint", 30).standing.points) == 1


def test_a_check_keeps_nothing(shop: Shop) -> None:
    ratcheting = Ratcheting(shop.open())
    ratcheting.check("main")
    assert all(one.standing.latest is None for one in ratcheting.courses(30))


def test_bounds_that_are_unknown_are_not_exported(shop: Shop) -> None:
    ratcheting = Ratcheting(shop.open())
    ratcheting.set_bound("p95", 500.0, reason="measured elsewhere", by="ann")
    assert founding(ratcheting.courses(30))["global_targets"] == {
        "performance_p95_max": 500.0, "flaky_test_count_max": 2.0,
    }  # fmt: skip
    with pytest.raises(NotFound):
        ratcheting.course("speed", 30)
