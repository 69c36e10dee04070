"""The section `[budget]` becomes limits in whole units."""

from windlass.app.config_budget import budget_of
from windlass.app.config_sections import KEYS, Budget
from windlass.dispatch.budget import Budget as Rule
from windlass.dispatch.budget import Counter


def test_nothing_set_is_no_budget() -> None:
    assert budget_of(Budget()) == Rule()


def test_units_are_whole_and_parts_are_rounded_up() -> None:
    found = budget_of(Budget(task_dollars=0.0000015, task_time_s=90.5, agent_day_turns=4, day_tokens=7))
    assert found == Rule(
        ((Counter.MONEY, 2), (Counter.SECONDS, 91)), ((Counter.TURNS, 4),), ((Counter.TOKENS, 7),)
    )


def test_every_setting_reaches_the_rule_and_is_the_owners() -> None:
    keys = [key for key in KEYS.values() if key.section == "budget"]
    assert all(key.owner_only for key in keys)
    for key in keys:
        assert budget_of(Budget(**{key.field: 1})), key.path
