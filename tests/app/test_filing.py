"""Tasks filed by hand: graded by the gate, the head of a chain, bounded to their files."""

import pytest
from tests.app.shop import Shop

from windlass import dispatch
from windlass.app import Plant
from windlass.app.filing import Filed, Order, filer, grade
from windlass.dispatch import TaskStatus
from windlass.kernel import Invalid
from windlass.policy import Scope

ORDER = Order("Totals of an empty cart", "backend", ("shop/part_0.py", "tests/"), text="It crashes.")


def file_now(plant: Plant, order: Order) -> Filed:
    return plant.database.write(filer(plant, order, "ann"))


def test_a_task_waits_in_its_lane_as_the_head_of_a_chain(any_shop: Shop) -> None:
    plant = any_shop.open()
    made = file_now(plant, ORDER)
    task = plant.database.read(lambda tx: dispatch.task(tx, made.task))
    assert (task.role, task.risk, task.parent, task.root) == ("implementation", "low", None, None)
    assert (task.status, task.spec.paths, task.spec.instructions) == (
        TaskStatus.PENDING, ("shop/part_0.py", "tests/"), "It crashes.",
    )  # fmt: skip
    assert task.base == any_shop.outside.git("rev-parse", "main")


def test_a_task_waits_for_what_it_needs(any_shop: Shop) -> None:
    plant = any_shop.open()
    first = file_now(plant, ORDER)
    second = file_now(plant, Order("Show it", "frontend", ("web/",), needs=(first.task,)))
    found = plant.database.read(lambda tx: dispatch.task(tx, second.task))
    assert found.unmet > plant.database.read(lambda tx: dispatch.task(tx, first.task)).unmet


@pytest.mark.parametrize(
    ("order", "risk"),
    [
        (ORDER, "low"),
        (Order("t", "backend", ("a.py",), risky=True), "high"),
        (Order("t", "backend", (".github/workflows/ci.yml",)), "high"),
        (Order("t", "backend", ("a.py",), kind="security"), "high"),
    ],
)
def test_the_gate_grades_and_a_person_may_only_raise(order: Order, risk: str) -> None:
    found, reasons = grade(order, Scope())
    assert found == risk
    assert (risk == "high") <= bool(reasons)


@pytest.mark.parametrize(
    "order",
    [
        Order("", "backend", ("a.py",)), Order("a\nb", "backend", ("a.py",)), Order("t", "backend", ()),
        Order("t", "backend", ("../a.py",)), Order("t", "backend", ("/etc/passwd",)),
        Order("t", "backend", ("a/.git/config",)), Order("t", "backend", ("a.py",), text="x" * 100_001),
        Order("x" * 201, "backend", ("a.py",)),
    ],
)  # fmt: skip
def test_what_is_not_bounded_is_refused(shop: Shop, order: Order) -> None:
    plant = shop.open()
    with pytest.raises(Invalid):
        file_now(plant, order)
    assert plant.database.read(lambda tx: dispatch.tasks(tx, plant.repository.id)) == []


def test_names_with_signs_of_patterns_mean_themselves(shop: Shop) -> None:
    made = file_now(shop.open(), Order("t", "backend", ("a[1]*.py",)))
    assert isinstance(made, Filed)
