"""A feature becomes orders or one trial, filed once under its key and found again by it."""

from dataclasses import replace

import pytest
from tests.app.shop import Bench, Shop, bench

from windlass import backlog, dispatch, trials
from windlass.app.filing import Order
from windlass.app.parallel import AUTOMATIC_MAX, Features
from windlass.dispatch import RunnerSpec, TaskStatus
from windlass.kernel import Conflict, Invalid, NotFound
from windlass.plan.comment import Asked
from windlass.store import Started

AGENTS = {name: RunnerSpec("command", {"command": "true"}) for name in ("a", "b")}
LIKE = Order("", "", (), key="one", by="ann")
TEXT = (
    "Sell:\n- price in shop/part_0.py\n- sum in shop/part_0.py\n- page in `web/page.py` (after 2)\n\nSmall."
)


@pytest.fixture
def at(any_shop: Shop) -> Bench:
    """On both databases."""
    return bench(any_shop.open(), Started(), runners=AGENTS)


@pytest.fixture
def features(at: Bench) -> Features:
    return Features(at.plant, at.site)


def test_each_part_is_an_item_and_a_task_and_those_on_one_file_wait(at: Bench, features: Features) -> None:
    drawn = features.draw(Asked(TEXT, complexity="high"), LIKE, ("a", "b"))
    assert drawn.instances == 1
    one, two, three = (at.task(number) for number in features.begin(drawn))
    assert [task.spec.runner for task in (one, two, three)] == ["a", "b", "a"]
    assert (one.unmet, two.unmet, three.unmet) == (0, 1, 2)
    assert "This is one part of: Sell" in one.spec.instructions
    assert "- sum in shop/part_0.py" in one.spec.instructions
    assert "Small." in one.spec.instructions
    items = at.read(lambda tx: backlog.items(tx, at.plant.repository.id))
    assert [(item.key, item.size, item.route) for item in items] == [
        (f"person/parallel-one/{n}", 8, "plan") for n in (1, 2, 3)
    ]


def test_a_feature_is_filed_once_and_found_by_its_key(at: Bench, features: Features) -> None:
    with pytest.raises(NotFound, match="no feature was filed"):
        features.resume()
    drawn = features.draw(Asked(TEXT), LIKE)
    tasks = features.begin(drawn)
    assert features.begin(drawn) == features.resume() == features.resume("one") == tasks
    later = features.begin(features.draw(Asked("Tidy `shop/part_0.py`"), replace(LIKE, key="two")))
    assert features.resume() == later
    assert features.resume("one") == tasks
    with pytest.raises(Conflict, match="'one' belongs to another feature, with tasks 1, 2, 3"):
        features.begin(features.draw(Asked("Tidy up"), LIKE))
    with pytest.raises(NotFound, match="key 'three'"):
        features.resume("three")


def test_a_competition_is_one_task_put_aside_with_its_tries(at: Bench, features: Features) -> None:
    drawn = features.draw(Asked("Tidy `shop/part_0.py`", "competition", 3), LIKE)
    (number,) = features.begin(drawn)
    assert at.task(number).status is TaskStatus.PLANNING
    entries = at.read(lambda tx: trials.records.entries(tx, number))
    assert [(one.name, at.task(one.task).spec.runner) for one in entries] == [
        ("a1", "a"),
        ("b2", "b"),
        ("a3", "a"),
    ]
    assert features.begin(drawn) == features.resume() == (number,)
    (item,) = at.read(lambda tx: backlog.items(tx, at.plant.repository.id))
    assert item.state is backlog.ItemState.ACTIVE


def test_as_many_go_on_at_once_as_can_and_no_more_than_five(features: Features) -> None:
    many = "\n".join(f"- do `f{n}.py`" for n in range(9))
    assert features.draw(Asked(many), LIKE).instances == AUTOMATIC_MAX
    assert features.draw(Asked(many, instances=7), LIKE).instances == 7


@pytest.mark.parametrize(
    ("asked", "like", "agents", "error"),
    [
        (Asked("x", instances=11), LIKE, (), Invalid), (Asked("x"), replace(LIKE, key=""), (), Invalid),
        (Asked("x"), LIKE, ("nobody",), NotFound), (Asked("x", "ab"), LIKE, ("a", "b", "a"), Invalid),
        (Asked("x"), replace(LIKE, acceptance=("'",)), (), Invalid),
    ],
)  # fmt: skip
def test_what_cannot_be_done_files_nothing(
    at: Bench, features: Features, asked: Asked, like: Order, agents: tuple[str, ...], error: type[Exception]
) -> None:
    with pytest.raises(error):
        features.begin(features.draw(asked, like, agents))
    assert at.read(lambda tx: dispatch.tasks(tx, at.plant.repository.id)) == []
