import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.land.publication import Publication, decide, decide_proposal

P = Publication


@pytest.mark.parametrize(
    ("current", "ours", "descends", "expected"),
    [
        (None, False, False, P.GONE),
        ("base", False, False, P.GO),
        ("ours", False, False, P.DONE),
        ("later", True, True, P.DONE),
        ("other", False, True, P.MOVED),
        ("rewritten", False, False, P.GONE),
        ("rebased-over-us", True, False, P.DONE),
    ],
)
def test_the_branch_is_judged_by_where_it_is(current, ours, descends, expected):
    assert decide(current, base="base", commit="ours", ours=ours, descends=descends) is expected


@given(st.sampled_from([None, "base", "ours", "x"]), st.booleans(), st.booleans())
def test_only_the_tested_base_is_ever_moved(current, ours, descends):
    verdict = decide(current, base="base", commit="ours", ours=ours, descends=descends)
    if verdict is P.GO:
        assert current == "base"
    if ours and current is not None:
        assert verdict is P.DONE


@pytest.mark.parametrize(
    ("current", "previous", "expected"),
    [
        (None, None, P.GO), ("ours", None, P.DONE), ("old", "old", P.GO), ("theirs", "old", P.MOVED),
        ("theirs", None, P.MOVED),
    ],
)  # fmt: skip
def test_a_proposal_never_overwrites_what_is_not_ours(current, previous, expected):
    assert decide_proposal(current, commit="ours", previous=previous) is expected
