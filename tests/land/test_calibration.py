import random

import pytest

from windlass.land.calibration import EDGES, calibrate, foretold
from windlass.land.risk import PRIOR, Facts


def test_of_no_forecast_nothing_is_known():
    assert calibrate([]) is None


def test_the_brier_score_is_the_mean_squared_error_beside_that_of_one_risk_for_all():
    told = calibrate([(0.9, True), (0.1, False), (0.3, False), (0.5, True)])
    assert told.brier == pytest.approx((0.01 + 0.01 + 0.09 + 0.25) / 4)
    assert told.flat == pytest.approx(0.25)
    assert told.skill == pytest.approx(1 - told.brier / 0.25)


def test_bins_say_what_was_told_and_what_happened():
    told = calibrate([(0.06, False), (0.08, True), (0.5, True), (1.0, True)])
    assert [(one.low, one.high, one.count) for one in told.bins] == [(0.05, 0.1, 2), (0.4, 1.0, 2)]
    assert told.bins[0].forecast == pytest.approx(0.07)
    assert told.bins[0].happened == 0.5
    assert sum(one.count for one in calibrate([(edge, False) for edge in EDGES]).bins) == len(EDGES)


def test_where_nothing_was_refused_there_is_no_skill_to_tell_of():
    assert calibrate([(0.1, False)]).skill is None


def test_a_forecast_knows_only_what_had_ended_before():
    past = [(Facts("one", 5, ("a.py",)), True)] * 3
    told = foretold(past)
    assert told[0] == (pytest.approx(PRIOR), True)
    assert [risk for risk, _ in told] == sorted(risk for risk, _ in told)


def test_learned_risks_are_calibrated_where_authors_and_sizes_differ():
    """Every bin of fifty changes and more is right within the error of its sample."""
    chance = random.Random(7)
    past = []
    for at in range(3000):
        who, lines = (
            chance.choice([("a", 0.03), ("b", 0.1), ("c", 0.3)]),
            chance.choice([(3, 0.5), (300, 1.5)]),
        )
        past.append((Facts(who[0], lines[0], (f"{at % 300}.py",)), chance.random() < who[1] * lines[1]))
    told = calibrate(foretold(past))
    assert told.skill > 0.05
    for one in told.bins:
        if one.count >= 50:
            error = (one.forecast * (1 - one.forecast) / one.count) ** 0.5
            assert abs(one.happened - one.forecast) < 3 * error + 0.02, one
