"""The defaults are the safe ones."""

from windlass.egress import Limits, Policy
from windlass.egress.rule import allowed


def test_a_policy_without_rules_allows_nothing_and_everything_has_a_bound():
    assert Policy().rules == ()
    assert not allowed(Policy().rules, "a.example", 443)
    assert all(getattr(Limits(), name) > 0 for name in Limits.__slots__)
