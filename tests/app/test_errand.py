"""Errands become an item at work and a task for a runner of this process, all of them or none, once."""

from dataclasses import replace

import pytest
from tests.app.shop import Bench, Shop, bench

from windlass import backlog, dispatch
from windlass.app.errand import ANYWHERE, file_errand
from windlass.app.filing import Order
from windlass.backlog import ItemState
from windlass.dispatch import RunnerSpec, TaskStatus
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.store import Started

ORDER = Order("Mend the totals", "", ("shop/part_0.py",), key="one", by="ann")
AGENTS = {"mechanic": RunnerSpec("mechanic", {}), "agent": RunnerSpec("command", {"command": "true"})}


@pytest.fixture
def at(any_shop: Shop) -> Bench:
    """On both databases."""
    return bench(any_shop.open(), Started(), runners=AGENTS)


def test_an_order_is_an_item_at_work_and_its_task_comes_first(at: Bench) -> None:
    (number,) = file_errand(at.plant, at.site, [ORDER])
    task = at.task(number)
    (item,) = at.read(lambda tx: backlog.items(tx, at.plant.repository.id))
    assert (item.state, item.id, item.source) == (ItemState.ACTIVE, task.item_id, "person")
    assert item.route == "auto"
    assert (task.spec.runner, task.spec.paths, task.unmet, task.role) == ("agent", ("shop/part_0.py",), 0, "")
    assert task.cls == 1_000_000


def test_without_paths_everything_is_touched(at: Bench) -> None:
    first, second = file_errand(at.plant, at.site, [replace(ORDER, paths=()), replace(ORDER, key="two")])
    assert at.task(first).spec.paths == (ANYWHERE,)
    assert at.task(second).unmet == 1


def test_what_shows_that_it_is_done_is_told_and_kept(at: Bench) -> None:
    order = replace(ORDER, acceptance=("make check", " make check", "tests/test_a.py::test_b"))
    (number,) = file_errand(at.plant, at.site, [order])
    checks = ("make check", "tests/test_a.py::test_b")
    assert file_errand(at.plant, at.site, [replace(order, acceptance=checks)]) == (number,)
    (item,) = at.read(lambda tx: backlog.items(tx, at.plant.repository.id))
    assert at.task(number).spec.acceptance == item.acceptance == checks
    assert "- `make check`" in at.task(number).spec.instructions


def test_orders_wait_for_those_they_come_after(at: Bench) -> None:
    second = replace(ORDER, key="two", paths=("web/",), after=(0,))
    before, behind = file_errand(at.plant, at.site, [ORDER, second])
    assert at.task(before).unmet == 0
    assert at.task(behind).unmet > 0


def test_a_key_is_filed_once_and_means_one_order(at: Bench) -> None:
    assert file_errand(at.plant, at.site, [ORDER]) == file_errand(at.plant, at.site, [ORDER])
    with pytest.raises(Conflict, match="belongs to task 1"):
        file_errand(at.plant, at.site, [replace(ORDER, title="Other")])
    for other in (replace(ORDER, paths=("web/",)), replace(ORDER, acceptance=("make check",))):
        with pytest.raises(Conflict, match="belongs to task 1"):
            file_errand(at.plant, at.site, [other])


@pytest.mark.parametrize(
    ("order", "error"),
    [
        (replace(ORDER, lane="nobody"), NotFound), (replace(ORDER, key=""), Invalid),
        (replace(ORDER, title=""), Invalid), (replace(ORDER, paths=("/etc",)), Invalid),
        (replace(ORDER, acceptance=("make 'check",)), Invalid),
    ],
)  # fmt: skip
def test_one_wrong_order_files_none(at: Bench, order: Order, error: type[Exception]) -> None:
    with pytest.raises(error):
        file_errand(at.plant, at.site, [replace(ORDER, key="good"), order])
    assert at.read(lambda tx: dispatch.tasks(tx, at.plant.repository.id)) == []


def test_what_the_gate_sees_as_risky_says_so_on_its_item(at: Bench) -> None:
    file_errand(at.plant, at.site, [replace(ORDER, kind="security")])
    (item,) = at.read(lambda tx: backlog.items(tx, at.plant.repository.id))
    assert item.route == "strict"
    assert any("risky by nature" in reason for reason in item.route_reasons)


def test_what_ends_without_a_change_blocks_its_item_and_does_not_close_it(at: Bench) -> None:
    (number,) = file_errand(at.plant, at.site, [ORDER])
    worked = dispatch.work_once(at.site, "w1", only=(number,))
    assert worked is not None
    assert worked.status is TaskStatus.COMPLETED
    dispatch.tick(at.site, at.site.clock())
    (item,) = at.read(lambda tx: backlog.items(tx, at.plant.repository.id))
    assert item.state is ItemState.BLOCKED
    assert "changed nothing" in item.reason


def test_a_worker_for_some_tasks_takes_no_other(at: Bench) -> None:
    other = at.file("shop/more.py", runner="agent")
    (number,) = file_errand(at.plant, at.site, [replace(ORDER, lane="agent")])
    assert dispatch.work_once(at.site, "w1", only=(number + 1,)) is None
    assert dispatch.work_once(at.site, "w1", only=(number,)) is not None
    assert at.task(other).status is TaskStatus.PENDING
