"""Items become tasks, and hear what became of them."""

from dataclasses import replace

import pytest

from windlass import backlog, policy
from windlass.backlog import Item, ItemState, Score
from windlass.dispatch import Outcome, RunnerSpec, Spec, TaskStatus, add_task, grounds, staff, tick, work_once


@pytest.fixture
def item(place) -> Item:
    """A routed item with findings in two files; its slice is one file."""

    def work(tx) -> Item:
        repository = backlog.tend(tx, "thing", str(place.repository), "main", 1.0)
        assert repository.id == 1
        draft = backlog.Draft(
            key="ruff:F401", source="ruff", rule="F401", category="technical-debt", title="Remove unused imports",  # noqa: E501
            score=Score(3, 3, 2, 2), fixable=True,
        )  # fmt: skip
        made = backlog.add_item(tx, 1, draft, 1.0)
        for path, line in (("src/a.py", 1), ("src/b.py", 1)):
            tx.execute(
                "INSERT INTO wl_finding (repository_id, item_id, source, rule, fingerprint, path, line, text, severity,"  # noqa: E501
                " state, first_commit, first_seen_at, last_seen_at)"
                " VALUES (1, :item, 'ruff', 'F401', :path, :path, :line, 'unused', 'warning', 'open', 'c', 1, 1)",  # noqa: E501
                item=made.id, path=path, line=line,
            )  # fmt: skip
        tx.execute("UPDATE wl_item SET slice_files = 1 WHERE id = :id", id=made.id)
        return backlog.move_item(tx, made.id, ItemState.ROUTED, 1.0)

    return place.site.database.write(work)


def state(place, item: Item) -> tuple[ItemState, str]:
    found = place.site.database.read(lambda tx: backlog.item(tx, item.id))
    return found.state, found.reason


def test_a_routed_item_becomes_a_task_for_its_slice(place, item: Item) -> None:
    ticked = tick(place.site, place.site.clock())
    [task_id] = ticked.filed
    task = place.desk.task(task_id)
    assert task.spec.paths == ("src/a.py",)
    assert (task.spec.rules, task.spec.runner, task.spec.trusted) == (("F401",), "mechanic", False)
    assert (task.item_id, task.base, task.cls) == (item.id, place.base, 8000)
    assert state(place, item)[0] is ItemState.ACTIVE
    assert tick(place.site, place.site.clock()).filed == ()


def test_in_a_pause_nothing_is_filed(place, item: Item) -> None:
    write = place.site.database.write
    write(lambda tx: policy.pauses.pause(tx, None, 1.0, by="ann", reason=""))
    assert tick(place.site, place.site.clock()).filed == ()
    assert state(place, item)[0] is ItemState.ROUTED
    write(lambda tx: policy.pauses.resume(tx, None, 2.0, by="ann"))
    assert len(tick(place.site, place.site.clock()).filed) == 1


def test_a_failed_task_blocks_its_item_and_a_new_route_starts_a_new_task(place, item: Item) -> None:
    [first] = tick(place.site, place.site.clock()).filed
    place.desk.cancel(first)
    assert tick(place.site, place.site.clock()).blocked == (item.id,)
    assert state(place, item) == (ItemState.BLOCKED, f"task {first} cancelled: not wanted")
    place.site.database.write(lambda tx: backlog.move_item(tx, item.id, ItemState.ROUTED, 2.0))
    [second] = tick(place.site, place.site.clock()).filed
    assert second != first
    assert state(place, item)[0] is ItemState.ACTIVE


def test_an_item_whose_task_changed_nothing_waits_for_a_person(place, item: Item) -> None:
    [task_id] = tick(place.site, place.site.clock()).filed
    place.desk.give_up(place.desk.take()[1], Outcome.NOTHING, retry=False)
    tick(place.site, place.site.clock())
    assert state(place, item) == (ItemState.BLOCKED, f"task {task_id} changed nothing: why")


def test_an_item_whose_task_came_too_late_is_open_again_for_what_is_found_now(place, item: Item) -> None:
    tick(place.site, place.site.clock())
    place.desk.give_up(place.desk.take()[1], Outcome.NOTHING, retry=False)
    for _ in range(2):  # while what it was filed for is still on record, a person is needed
        tick(place.site, place.site.clock())
        assert state(place, item)[0] is ItemState.BLOCKED
    gone = "UPDATE wl_finding SET state = 'gone' WHERE path = 'src/a.py'"
    place.site.database.write(lambda tx: tx.execute(gone))
    tick(place.site, place.site.clock())
    why = "what its task was filed for is gone, other findings are there"
    assert state(place, item) == (ItemState.OPEN, why)


def test_an_item_that_a_person_blocked_stays_so(place, item: Item) -> None:
    tick(place.site, place.site.clock())
    place.desk.give_up(place.desk.take()[1], Outcome.NOTHING, retry=False)
    write = place.site.database.write
    write(lambda tx: backlog.move_item(tx, item.id, ItemState.BLOCKED, 2.0, reason="not now", actor="ann"))
    write(lambda tx: tx.execute("UPDATE wl_finding SET state = 'gone' WHERE path = 'src/a.py'"))
    tick(place.site, place.site.clock())
    assert state(place, item) == (ItemState.BLOCKED, "not now")


def test_an_unblocked_task_takes_its_item_along(place, item: Item) -> None:
    [task_id] = tick(place.site, place.site.clock()).filed
    place.desk.give_up(place.desk.take()[1], Outcome.CANNOT, retry=False)
    tick(place.site, place.site.clock())
    assert state(place, item)[0] is ItemState.BLOCKED
    place.desk.unblock(task_id)
    tick(place.site, place.site.clock())
    assert state(place, item)[0] is ItemState.ACTIVE
    assert place.desk.status(task_id) is TaskStatus.PENDING


def test_a_lost_lease_is_swept_by_the_tick(place, item: Item, clock) -> None:
    [task_id] = tick(place.site, place.site.clock()).filed
    place.desk.take()
    clock.advance(301)
    assert tick(place.site, clock()).lost == (task_id,)
    assert place.desk.status(task_id) is TaskStatus.PENDING


def test_without_a_runner_or_findings_an_item_goes_back(place, item: Item) -> None:
    site = place.runners(other=RunnerSpec("command", {"command": "x", "rules": ["E999"]}))
    found = place.site.database.read(lambda tx: backlog.findings(tx, item.id))
    assert staff(site.runners).taker(item, found) is None
    assert staff(place.site.runners).taker(item, found) == "mechanic"
    assert staff(place.site.runners).taker(item, []) is None
    assert tick(site, site.clock()).filed == ()
    assert state(place, item) == (ItemState.OPEN, "no runner accepts it any more")


def test_a_task_for_an_item_waits_while_another_one_touches_its_files(place, item: Item) -> None:
    def work(tx) -> int:
        return add_task(
            tx, repository_id=1, item_id=None, lane=9, kind="feature", title="t", wsjf=99.0, base=place.base,
            spec=Spec("agent", ("src/",)), now=tx.now(), touches=("src/**",),
        )  # fmt: skip

    agent = place.site.database.write(work)
    [task] = tick(place.site, place.site.clock()).filed
    assert place.site.database.read(lambda tx: grounds.behind(tx, task)) == agent
    assert place.desk.claim() is None
    place.desk.cancel(agent)
    tick(place.site, place.site.clock())
    assert place.desk.take()[0].id == task


def test_the_tick_predicts_from_history_which_files_go_together(place) -> None:
    for number in range(4):
        for name in ("src/b.py", "README.md"):
            (place.repository / name).write_text(f"# {number}\n")
        place.git("commit", "-q", "-a", "-m", f"change {number}")
    place.site.mirror.sync(place.site.checkout)

    def work(tx, path: str) -> int:
        return add_task(
            tx, repository_id=1, item_id=None, lane=9, kind="feature", title="t", wsjf=2.0, base=place.base,
            spec=Spec("agent", (path,)), now=tx.now(), touches=(path,),
        )  # fmt: skip

    first, second = (
        place.site.database.write(lambda tx, path=path: work(tx, path)) for path in ("src/b.py", "README.md")
    )
    tick(place.site, place.site.clock())
    found = place.site.database.read(lambda tx: grounds.touches(tx, first))
    assert found == (("src/b.py",), ("README.md",))
    assert place.site.database.read(lambda tx: grounds.behind(tx, second)) == first


ROUTES = [("auto", "low"), ("plan", "low"), ("strict", "high"), (None, "")]


@pytest.mark.parametrize(("route", "risk"), ROUTES)
def test_work_for_agents_outside_begins_a_chain_of_the_risk_the_gate_saw(
    place, item: Item, route: str | None, risk: str
) -> None:
    if route:
        place.site.database.write(lambda tx: backlog.route_item(tx, item.id, route, (), 1.0, files=1))
    agents = RunnerSpec("outside", {"lane": "backend", "rules": ("F*",)})
    site = place.runners(agents=agents, mechanic=RunnerSpec("mechanic", {}))
    site = replace(site, skills={"backend": ("python",)}, attempts_max=5)
    [number] = tick(site, site.clock()).filed
    task = place.desk.task(number)
    assert (task.role, task.risk, task.root, task.item_id) == ("implementation", risk, None, item.id)
    assert (task.spec.runner, task.spec.paths, task.attempts_max) == ("backend", ("src/a.py",), 5)
    assert state(place, item) == (ItemState.ACTIVE, "runner agents")
    asked = "SELECT skills FROM wl_task WHERE id = :id"
    assert place.site.database.read(lambda tx: tx.scalar(asked, id=number)) == '["python"]'
    assert task.cls == 8000
    assert place.site.database.read(lambda tx: grounds.touches(tx, number))[0] == ("src/a.py",)
    assert work_once(site, "w1") is None, "no worker here takes it"
    assert place.desk.take(lanes=["backend"])[0].id == number
