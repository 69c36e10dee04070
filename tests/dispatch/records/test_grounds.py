"""Tasks that touch the same files: never ready or at work together, on both databases, whatever happens."""

import random
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from windlass.dispatch import Outcome, TaskStatus
from windlass.dispatch.cochange import history
from windlass.dispatch.globs import overlap
from windlass.dispatch.model import Place, Spec
from windlass.dispatch.records import add_task, grounds, lane_id, lease_of, tasks
from windlass.kernel import FixedClock, Invalid
from windlass.store import Database, Transaction


def file(database: Database, *touches: str, wsjf: float = 2.0, root: int | None = None, **more: Any) -> int:
    """File a task and look, as whoever files does."""

    def work(tx: Transaction) -> int:
        task = add_task(
            tx, repository_id=1, item_id=None, lane=lane_id(tx, 1, "mechanic"), kind="fix", title="t",
            spec=Spec("mechanic", ("src/a.py",)), wsjf=wsjf, base="0" * 40, now=tx.now(), touches=touches,
            place=Place(root=root), **more,
        )  # fmt: skip
        grounds.look(tx, 1, tx.now())
        return task

    return database.write(work)


def look(database: Database, **more: Any) -> grounds.Looked:
    return database.write(lambda tx: grounds.look(tx, 1, tx.now(), **more))


def behind(database: Database, task: int) -> int | None:
    return database.read(lambda tx: grounds.behind(tx, task))


def test_of_two_that_overlap_the_better_one_goes_and_the_other_follows(desk, database: Database) -> None:
    small = file(database, "src/app/*.py", wsjf=2.0)
    large = file(database, "src/**", wsjf=5.0)
    other = file(database, "docs/")
    assert [behind(database, task) for task in (small, large, other)] == [large, None, None]
    assert {desk.take()[0].id, desk.take()[0].id} == {large, other}
    assert desk.claim() is None
    desk.submit(desk_lease(database, large))
    look(database)
    assert desk.claim() is None, "what waits for its verdict still changes the files"
    desk.complete(large, 1)
    assert look(database).let_go == (small,)
    assert desk.take()[0].id == small
    assert database.read(lambda tx: grounds.touches(tx, small)) == (("src/app/*.py",), ())


def desk_lease(database: Database, task: int) -> Any:
    return database.read(lambda tx: lease_of(tx, task))


def test_a_running_task_is_not_held_back_by_a_better_one(desk, database: Database) -> None:
    running = file(database, "a")
    desk.take()
    better = file(database, "a/b", wsjf=9.0)
    assert behind(database, better) == running
    assert desk.task(running).status is TaskStatus.IN_PROGRESS
    desk.cancel(running)
    assert look(database).let_go == (better,)


def test_a_blocked_task_that_returns_waits_for_who_took_its_files(desk, database: Database) -> None:
    first = file(database, "a")
    desk.give_up(desk.take()[1], Outcome.CANNOT, retry=False)
    second = file(database, "a")
    assert desk.take()[0].id == second
    desk.unblock(first)
    assert behind(database, first) == second
    assert desk.claim() is None
    desk.cancel(second)
    assert look(database).let_go == (first,)
    assert desk.take()[0].id == first


def test_tasks_of_one_chain_share_their_files(desk, database: Database) -> None:
    first = file(database, "a")
    desk.submit(desk.take()[1])
    guard = file(database, "a", root=first)
    assert behind(database, guard) is None
    assert desk.take()[0].id == guard


def test_who_waits_for_others_is_let_go_only_afterwards(desk, database: Database) -> None:
    parent = desk.file(paths=("x.py",))
    child = file(database, "a", needs=(parent,))
    free = file(database, "a", wsjf=1.0)
    assert behind(database, free) is None, "a task that cannot run takes nobody's place"
    desk.cancel(free)
    lease = desk.take()[1]
    desk.give_up(lease, Outcome.NOTHING, retry=False)
    assert desk.claim() is None
    assert look(database).let_go == (child,)


def test_the_paths_of_tasks_without_touches_are_in_the_way_while_they_run(desk, database: Database) -> None:
    stranger = desk.file(paths=("src/a.py",))
    desk.take()
    late = file(database, "src/*.py")
    assert behind(database, late) == stranger


def test_files_that_change_together_are_kept_apart_too(desk, database: Database) -> None:
    past = history([{"api.py", "client.py"}] * 4 + [{"api.py"}, {"client.py"}])
    first = file(database, "api.py", wsjf=5.0)
    second = file(database, "client.py")
    assert database.read(lambda tx: grounds.unguessed(tx, 1))
    assert look(database, past=past).held_back == (second,)
    assert database.read(lambda tx: grounds.touches(tx, first)) == (("api.py",), ("client.py",))
    assert not database.read(lambda tx: grounds.unguessed(tx, 1))


def test_a_large_task_gets_its_turn_however_many_small_ones_come(
    desk, database: Database, clock: FixedClock
) -> None:
    large = file(database, "src/**", wsjf=1.0)
    lease = None
    for number in range(60):
        clock.advance(200)
        file(database, f"src/{number % 5}.py", wsjf=9.0)
        found = desk.claim(ttl_s=1000.0)
        if lease is not None:  # at any time one of the small ones is at work
            desk.give_up(lease, Outcome.NOTHING, retry=False)
        if found is not None and found[0].id == large:
            break
        lease = None if found is None else found[1]
    else:
        pytest.fail("the large task never ran")
    assert number > 20, "it was not its turn yet"


def test_a_pattern_that_leaves_the_repository_is_refused(database: Database) -> None:
    with pytest.raises(Invalid):
        file(database, "../etc")


def ground_of(database: Database) -> dict[int, Sequence[str]]:
    def read(tx: Transaction) -> dict[int, Sequence[str]]:
        return {task.id: grounds.touches(tx, task.id)[0] for task in tasks(tx, 1)}

    return database.read(read)


def test_claimers_and_lookers_at_once_never_run_two_that_overlap(desk, database: Database) -> None:
    rng = random.Random(7)
    patterns = ["a/*", "a/b", "a/**", "c", "c/d", "*/b", "e/f", "e"]
    for _ in range(40):
        file(database, rng.choice(patterns), wsjf=rng.choice([1.0, 2.0, 5.0]))
    known, errors = ground_of(database), []
    running: set[int] = set()
    guard = threading.Lock()

    def work(name: str) -> None:
        try:
            for _ in range(30):
                with guard:  # the model must see claims in their order
                    found = desk.claim(name)
                    if found is None:
                        look(database)
                        continue
                    mine = known[found[0].id]
                    wrong = [task for task in running if overlap(known[task], mine)]
                    assert wrong == [], f"{mine} beside {[known[task] for task in wrong]}"
                    running.add(found[0].id)
                look(database)
                with guard:
                    running.discard(found[0].id)
                    desk.give_up(found[1], Outcome.NOTHING, retry=False)
        except BaseException as error:
            errors.append(error)

    crew = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(4)]
    for one in crew:
        one.start()
    for one in crew:
        one.join(60)
    assert errors == []
    look(database)
    done = database.read(lambda tx: tasks(tx, 1, (TaskStatus.COMPLETED,)))
    assert len(done) > 20


def test_what_was_predicted_is_not_what_was_stated() -> None:
    assert grounds.stated(grounds.dump_touches(["a.py", "src/**", grounds.GUESS])) == ("a.py", "src/**")
    assert grounds.stated('["a.py","~b.py"]') == ("a.py",)
