import pytest

from windlass.kernel import Invalid
from windlass.trials.model import TRIAL, Pattern, Plan, TrialState, Variant, parse_plan


def many(count: int) -> tuple[Variant, ...]:
    return tuple(Variant(f"v{n}", "fixer") for n in range(count))


def test_a_plan_survives_the_database() -> None:
    plan = Plan(Pattern.TREE, (Variant("a", "fixer", "quickly", ("a.py",)),), ("true",), depth=2, tries=3)
    assert parse_plan(plan.dump()) == plan
    with pytest.raises(Invalid, match="cannot be read"):
        parse_plan("{}")


@pytest.mark.parametrize(("pattern", "count"), [
    (Pattern.AB, 1), (Pattern.AB, 3), (Pattern.PARALLEL, 1), (Pattern.COMPETITION, 11), (Pattern.ROLE, 0),
])  # fmt: skip
def test_a_pattern_takes_as_many_entries_as_it_can_use(pattern: Pattern, count: int) -> None:
    with pytest.raises(Invalid, match="entries"):
        Plan(pattern, many(count))


def test_entries_have_names_of_their_own_and_trees_an_end() -> None:
    with pytest.raises(Invalid, match="same name"):
        Plan(Pattern.COMPETITION, (*many(1), *many(1)))
    with pytest.raises(Invalid, match="deep"):
        Plan(Pattern.TREE, many(1), depth=9)


def test_a_trial_ends() -> None:
    assert TRIAL.final(TrialState.ENDED)
    assert not TRIAL.final(TrialState.UNDECIDED)
