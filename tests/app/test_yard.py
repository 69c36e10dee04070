import pytest
from tests.app.shop import Shop, bench

from windlass import dispatch
from windlass.app.filing import Order
from windlass.app.yard import Yard
from windlass.kernel import Invalid
from windlass.store import Started
from windlass.trials import Pattern, Plan, TrialState, Variant

WORK = Order("Tidy up", "", ("shop/part_0.py",))


def test_a_trial_of_described_work_is_filed_and_shown(shop: Shop) -> None:
    yard = Yard(shop.open())
    plan = Plan(Pattern.COMPETITION, (Variant("a", "mechanic"), Variant("b", "mechanic", "with care")))
    shown = yard.begin(WORK, plan, "ann")
    assert shown.trial.state is TrialState.RUNNING
    assert [(entry.name, task.spec.instructions) for entry, task, _ in shown.entries] == [
        ("a", "Tidy up"), ("b", "Tidy up\n\nwith care"),
    ]  # fmt: skip
    assert yard.all() == [shown]


def test_a_run_for_one_trial_claims_its_entries_and_nothing_else(any_shop: Shop) -> None:
    at = bench(any_shop.open(), Started())
    at.file("shop/other.py")
    plan = Plan(Pattern.COMPETITION, (Variant("a", "mechanic"), Variant("b", "mechanic")))
    trial = Yard(at.plant).begin(WORK, plan, "ann").trial.task
    seen = [dispatch.work_once(at.site, "w1", only=(trial,)) for _ in range(3)]
    assert [one is not None for one in seen] == [True, True, False]


def test_an_unknown_runner_begins_nothing(shop: Shop) -> None:
    yard = Yard(shop.open())
    with pytest.raises(Invalid, match="no runner 'nobody'"):
        yard.begin(WORK, Plan(Pattern.COMPETITION, (Variant("a", "nobody"),)), "ann")
    assert yard.all() == []


def test_a_branch_is_measured_and_a_name_for_nothing_is_refused(shop: Shop) -> None:
    yard = Yard(shop.open(trust=True))
    found = yard.evaluate("main", ())
    assert found.lines == 0
    assert yard.diff("main", "main") == b""
    assert yard.rank({"main": found}).winner == "main"
    for name in ("no-such-branch", "77"):
        with pytest.raises(Exception, match=name):
            yard.evaluate(name, ())
