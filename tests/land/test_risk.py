import random

import pytest

from windlass.land.risk import PRIOR, RISK_MAX, RISK_MIN, Experience, Facts

CHANGE = Facts("mechanic", 20, ("a.py",))


def test_where_nothing_is_known_the_risk_is_the_prior():
    assert Experience().risk(CHANGE) == pytest.approx(PRIOR, abs=1e-9)
    assert Experience().risk(Facts("", 0, ())) == pytest.approx(PRIOR, abs=1e-9)


def test_landings_lower_the_risk_and_refusals_raise_it():
    good, bad = Experience([(CHANGE, False)]), Experience([(CHANGE, True)])
    assert good.risk(CHANGE) < PRIOR < bad.risk(CHANGE)


def test_who_is_refused_is_told_from_who_lands():
    past = [
        (Facts(who, 20, (f"{who}{at}.py",)), who == "hasty")
        for at in range(40)
        for who in ("hasty", "careful")
    ]
    learned = Experience(past)
    hasty, careful = (learned.risk(Facts(who, 20, ("new.py",))) for who in ("hasty", "careful"))
    assert careful < 0.1 < 0.6 < hasty
    assert careful < learned.risk(Facts("nobody knows", 20, ("new.py",))) < hasty


def test_files_that_were_refused_before_make_a_change_risky():
    past = [(Facts("one", 20, ("fragile.py" if at % 2 else "sound.py",)), bool(at % 2)) for at in range(40)]
    learned = Experience(past)
    assert learned.risk(Facts("one", 20, ("fragile.py",))) > 3 * learned.risk(Facts("one", 20, ("sound.py",)))


def test_large_changes_are_told_from_small_ones():
    past = [(Facts("one", lines, (f"{at}.py",)), lines > 100) for at in range(40) for lines in (5, 900)]
    learned = Experience(past)
    assert learned.risk(Facts("one", 800, ("x.py",))) > 5 * learned.risk(Facts("one", 6, ("x.py",)))


def test_the_risk_finds_the_share_that_is_refused():
    chance = random.Random(1)
    learned = Experience((CHANGE, chance.random() < 0.3) for _ in range(600))
    assert learned.risk(CHANGE) == pytest.approx(0.3, abs=0.06)


def test_no_history_makes_a_change_safe_or_guilty():
    assert Experience([(CHANGE, False)] * 2000).risk(CHANGE) >= RISK_MIN
    assert Experience([(CHANGE, True)] * 2000).risk(CHANGE) == RISK_MAX


def test_a_change_of_many_files_is_looked_at_within_bounds():
    wide = Facts("one", 10**9, tuple(f"{at}.py" for at in range(10_000)))
    learned = Experience([(wide, True)])
    assert RISK_MIN <= learned.risk(wide) <= RISK_MAX
