"""Why an item stands where it stands, in words that add up."""

from dataclasses import replace

from tests.cli.shell import Shell

from windlass import backlog
from windlass.app import Wish, open_plant
from windlass.backlog import Item, Ranked, RankSettings
from windlass.cli.explaining import explained
from windlass.dispatch import Spec, Task, TaskStatus


def ranked(shell: Shell) -> Ranked:
    with open_plant(Wish(repo=shell.repo), shell.plant.env) as plant:
        return plant.database.read(
            lambda tx: backlog.ranked(tx, plant.repository.id, tx.now(), RankSettings())
        )[0]


def changed(one: Ranked, item: Item, **more: float) -> Ranked:
    return replace(one, item=item, **more)


def test_the_arithmetic_is_told_as_it_is_done(found: Shell) -> None:
    one = ranked(found)
    item = replace(one.item, value=5, criticality=2, risk_reduction=1, size=2, boost=1.0)
    lines = explained(changed(one, item, wsjf=4.0, base=4.0), RankSettings(threshold=1.0))
    assert lines[0] == f"{item.id}  {item.title}"
    assert lines[1] == "  WSJF 4.00: (5 value + 2 criticality + 1 risk) / 2 size = 4.00"
    assert not any("threshold" in line for line in lines)
    assert lines[-1] == "  state open"


def test_age_boost_threshold_and_route_are_told(found: Shell) -> None:
    one = ranked(found)
    item = replace(
        one.item, value=1, criticality=1, risk_reduction=1, size=13, boost=2.0, route="strict",
        route_reasons=("it touches secrets/",), reason="decision 4",
    )  # fmt: skip
    aged = replace(one, item=item, base=0.46, wsjf=0.69, age_days=6.0, decide=True)
    lines = explained(aged, RankSettings(threshold=1.0))
    assert lines[1].endswith("= 0.23, times 2 boost, times 1.50 for 6 days of age")
    assert "  below the threshold of 1: it waits until it ages or is rescored" in lines
    assert "  route strict" in lines
    assert "    it touches secrets/" in lines
    assert "  state open: decision 4" in lines
    assert lines[-1] == "  older than most work ever gets: decide to raise or decline it"


def test_a_route_without_reasons_is_small_and_harmless(found: Shell) -> None:
    one = ranked(found)
    lines = explained(replace(one, item=replace(one.item, route="auto")), RankSettings())
    assert "  route auto: small and harmless" in lines


def test_an_open_task_is_told_with_whom_it_waits_for(found: Shell) -> None:
    one = ranked(found)
    spec = Spec("backend", ("a.py",))
    task = Task(
        7, 1, one.item.id, 1, "fix", "t", TaskStatus.PENDING, 1, 1.0, 0, 0, 3, 0, "", spec, "", 1.0, 1.0,
        role="implementation",
    )  # fmt: skip
    told = explained(one, RankSettings(), task)[-1]
    assert told == "  task 7 is pending, for agents that claim lane backend"
    asked = replace(task, spec=replace(spec, playbook="bug", acceptance=("make check",)))
    assert explained(one, RankSettings(), asked, shown=("make check: failed",))[-3:] == [
        "    by playbook bug", "    done when this passes: make check", "    make check: failed",
    ]  # fmt: skip
    plain = replace(task, role="", spec=replace(spec, runner="mechanic"))
    assert explained(one, RankSettings(), plain)[-1] == "  task 7 is pending, for runner mechanic"
