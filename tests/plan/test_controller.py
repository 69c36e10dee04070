"""Planning on both databases: route, ask, block, and apply what people answered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from windlass import backlog, events, policy
from windlass.backlog import Finding, Item, ItemState, Repository, Score
from windlass.events import Subject
from windlass.kernel import FixedClock
from windlass.plan import Planned, PlanSettings, choose, tick
from windlass.policy import Decision, Scope
from windlass.store import Database


def mechanic(item: Item, findings: Sequence[Finding]) -> str | None:
    return "mechanic" if item.fixable else None


def anyone(item: Item, findings: Sequence[Finding]) -> str | None:
    return "agent"


class Plant:
    """One repository and the calls a test makes on it."""

    def __init__(self, database: Database, repository: Repository, clock: FixedClock) -> None:
        self.database, self.repository, self.clock = database, repository, clock
        self.settings = PlanSettings()

    def tick(self, capable: Any = mechanic, **but: Any) -> Planned:
        self.clock.advance(60)
        return self.database.write(
            lambda tx: tick(tx, self.repository, self.settings, capable, self.clock(), **but)
        )

    def item(self, item: Item) -> Item:
        return self.database.read(lambda tx: backlog.item(tx, item.id))

    def open(self) -> list[Decision]:
        return self.database.read(lambda tx: policy.open_decisions(tx, self.repository.id))

    def answer(self, choice: str) -> Decision:
        asked = self.open()[0]
        return self.database.write(lambda tx: policy.answer(tx, asked.id, choice, "ada", self.clock()))

    def move(self, item: Item, *states: ItemState) -> None:
        for state in states:
            self.database.write(lambda tx, s=state: backlog.move_item(tx, item.id, s, self.clock()))


@pytest.fixture
def plant(database: Database, repository: Repository, clock: FixedClock) -> Plant:
    return Plant(database, repository, clock)


def test_plain_work_is_routed_with_its_slice(plant: Plant, file: Any) -> None:
    item = file("F401", *(f"src/{n:02}.py" for n in range(14)))
    assert plant.tick() == Planned(routed=(item.id,))
    moved = plant.item(item)
    assert (moved.state, moved.route, moved.slice_files) == (ItemState.ROUTED, "auto", 10)
    found = plant.database.read(lambda tx: backlog.findings(tx, item.id))
    assert choose(found, moved.slice_files or 0) == tuple(f"src/{n:02}.py" for n in range(10))
    assert plant.tick() == Planned()


def test_items_are_taken_in_rank_order(plant: Plant, file: Any) -> None:
    low = file("low", "a.py", score=Score(1, 1, 1, 2))
    high = file("high", "b.py", score=Score(3, 1, 1, 2))
    assert plant.tick().routed == (high.id, low.id)


def test_what_was_at_work_when_the_look_began_waits_for_the_next_one(plant: Plant, file: Any) -> None:
    late, other = file("F401", "a.py"), file("F402", "b.py")
    assert plant.tick(but={late.id}) == Planned(routed=(other.id,), late=(late.id,))
    assert plant.item(late).state is ItemState.OPEN
    plant.move(other, ItemState.ACTIVE)
    assert plant.tick(but={other.id}) == Planned(routed=(late.id,))


def test_work_below_the_threshold_stays_open(plant: Plant, file: Any) -> None:
    item = file("small", "a.py", score=Score(1, 1, 1, 5))
    assert plant.tick() == Planned()
    assert plant.item(item).state is ItemState.OPEN


def test_without_a_runner_an_item_is_blocked_until_there_is_one(plant: Plant, file: Any) -> None:
    item = file("TODO", "a.py", fixable=False)
    assert plant.tick().blocked == (item.id,)
    assert plant.item(item).reason == "no runner accepts it: TODO from sarif"
    assert plant.tick() == Planned()
    assert plant.tick(anyone).routed == (item.id,)


def test_an_item_blocked_for_another_reason_is_left_alone(plant: Plant, file: Any) -> None:
    item = file("F401", "a.py")
    plant.database.write(
        lambda tx: backlog.move_item(tx, item.id, ItemState.BLOCKED, 1.0, reason="failed three times")
    )
    assert plant.tick() == Planned()


def test_risky_work_becomes_one_question_with_everything_in_it(plant: Plant, file: Any) -> None:
    item = file("S105", "src/auth.py", category="security", severity="error")
    assert plant.tick().waiting == (item.id,)
    assert plant.tick() == Planned()
    (asked,) = plant.open()
    assert (asked.item, asked.kind, asked.options, asked.priority) == (
        item.id,
        "gate",
        ("approve", "decline"),
        1,
    )
    assert asked.context["route"] == "strict"
    assert asked.context["paths"] == ["src/auth.py"]
    assert "risk: kind 'security' is risky by nature" in asked.context["reasons"]
    assert asked.context["plan"]["steps"] == [{"path": "src/auth.py", "rules": ["S105"], "findings": 1}]
    assert "asks once more" in str(asked.context["audit"])
    assert plant.item(item).route == "strict"
    assert [e.kind for e in plant.database.read(events.history)].count("decision.opened") == 1


def test_complex_work_waits_with_a_plan_and_without_an_audit(plant: Plant, file: Any) -> None:
    file("idea", "a.py", category="feature", score=Score(5, 2, 1, 8))
    assert len(plant.tick(anyone).waiting) == 1
    (asked,) = plant.open()
    assert (asked.context["route"], asked.priority, asked.default) == ("plan", 2, "approve")
    assert "audit" not in asked.context


def test_an_approval_routes_and_says_who(plant: Plant, file: Any) -> None:
    item = file("S105", "src/auth.py", category="security")
    plant.tick()
    plant.answer("approve")
    assert plant.tick().routed == (item.id,)
    last = plant.database.read(lambda tx: events.history(tx, item=item.id))[-1]
    assert (last.kind, last.actor) == ("item.routed", "ada")
    assert plant.item(item).route == "strict"


def test_a_refusal_declines_and_reopening_asks_anew(plant: Plant, file: Any) -> None:
    item = file("S105", "src/auth.py", category="security")
    plant.tick()
    first = plant.answer("decline")
    assert plant.tick().declined == (item.id,)
    assert plant.item(item).state is ItemState.DECLINED
    plant.move(item, ItemState.OPEN)
    assert plant.tick().waiting == (item.id,)
    (again,) = plant.open()
    assert again.id != first.id
    assert plant.tick() == Planned()
    plant.answer("approve")
    assert plant.tick().routed == (item.id,)


def test_an_approval_does_not_cover_work_that_changed(
    plant: Plant, file: Any, repository: Repository
) -> None:
    item = file("S105", "src/auth.py", category="security")
    plant.tick()
    first = plant.answer("approve")
    plant.database.write(
        lambda tx: tx.execute("UPDATE wl_finding SET path = 'src/login.py', fingerprint = 'x'")
    )
    assert plant.tick() == Planned()
    (second,) = plant.open()
    assert second.id != first.id
    assert second.context["paths"] == ["src/login.py"]
    assert plant.item(item).state is ItemState.WAITING


def test_an_open_question_about_changed_work_is_replaced(plant: Plant, file: Any) -> None:
    file("S105", "src/auth.py", category="security")
    plant.tick()
    (first,) = plant.open()
    plant.database.write(lambda tx: tx.execute("UPDATE wl_finding SET fingerprint = 'x'"))
    plant.tick()
    (second,) = plant.open()
    assert second.id != first.id
    assert plant.database.read(lambda tx: policy.decision(tx, first.id)).status.value == "withdrawn"


def test_a_question_about_an_item_that_closed_is_withdrawn(plant: Plant, file: Any) -> None:
    item = file("S105", "src/auth.py", category="security")
    plant.tick()
    plant.move(item, ItemState.CLOSED)
    plant.tick()
    assert plant.open() == []


def test_a_waiting_item_without_a_runner_is_blocked_and_its_question_withdrawn(
    plant: Plant, file: Any
) -> None:
    item = file("idea", "a.py", category="feature", score=Score(5, 2, 1, 8), fixable=False)
    plant.tick(anyone)
    assert plant.tick().blocked == (item.id,)
    assert plant.open() == []
    assert plant.tick(anyone).waiting == (item.id,)


def test_questions_are_bounded_and_the_rest_waits_its_turn(plant: Plant, file: Any) -> None:
    plant.settings = replace(plant.settings, questions_max=2)
    items = [file(f"S{n}", f"{n}.py", category="security") for n in range(3)]
    planned = plant.tick()
    assert (len(planned.waiting), len(planned.held_back)) == (2, 1)
    plant.answer("decline")
    planned = plant.tick()
    assert (len(planned.declined), len(planned.waiting), len(planned.held_back)) == (1, 1, 0)
    assert len({plant.item(item).state for item in items}) == 2


def test_items_whose_findings_vanished_are_left_to_discovery(plant: Plant, file: Any) -> None:
    item = file("F401")
    assert plant.tick() == Planned()
    assert plant.item(item).state is ItemState.OPEN


def test_failed_attempts_make_the_slice_smaller_and_then_ask(
    plant: Plant, file: Any, repository: Repository
) -> None:
    item = file("F401", *(f"{n:02}.py" for n in range(12)))
    about = Subject(repository.id, item.id, 1)
    plant.database.write(lambda tx: events.append(tx, "task.rejected", 1.0, about=about))
    assert plant.tick().waiting == (item.id,)
    (asked,) = plant.open()
    assert (asked.context["route"], len(asked.context["paths"])) == ("plan", 5)
    plant.database.write(lambda tx: events.append(tx, "task.completed", 2.0, about=about))
    assert plant.tick().routed == (item.id,)
    assert plant.item(item).slice_files == 10


def test_a_scope_of_the_repository_is_kept(plant: Plant, file: Any) -> None:
    plant.settings = replace(plant.settings, scope=Scope(restricted=("src/",), max_files=2))
    item = file("F401", "src/a.py", "b.py", "c.py", "d.py")
    assert plant.tick().routed == (item.id,)
    assert plant.item(item).slice_files == 2
