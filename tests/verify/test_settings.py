"""The room's slice of the configuration."""

import pytest

from windlass.kernel import Invalid
from windlass.plan import Demand
from windlass.verify.settings import parse_settings, split


def test_defaults_are_the_documented_budgets() -> None:
    settings = parse_settings({})
    assert (settings.budget_s(0), settings.budget_s(1), settings.coverage_min) == (60.0, 300.0, 75.0)


def test_unknown_keys_and_broken_commands_are_errors() -> None:
    with pytest.raises(Invalid, match="unknown settings"):
        parse_settings({"fats": ["x"]})
    with pytest.raises(Invalid, match="cannot be split"):
        parse_settings({"fast": ["echo 'x"]})
    with pytest.raises(Invalid, match="empty command"):
        parse_settings({"pr": [" "]})
    with pytest.raises(Invalid, match="is no demand"):
        parse_settings({"patch_coverage_below": "cry"})


def test_what_a_change_below_the_bound_meets_is_a_demand() -> None:
    assert parse_settings({}).patch_coverage_below is Demand.ASK
    assert parse_settings({"patch_coverage_below": "refuse"}).patch_coverage_below is Demand.REFUSE


def test_a_command_is_words_and_never_a_shell() -> None:
    assert split("make 'a b' $HOME;rm") == ("make", "a b", "$HOME;rm")
