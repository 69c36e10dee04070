"""Evidence and verdicts on both databases."""

from dataclasses import replace

import pytest

from windlass.events import history
from windlass.store import Database
from windlass.verify.expecting import Cost
from windlass.verify.model import Base, Cycle, Deferred, Evidence, Judgement, Outcome, Reading, Shown
from windlass.verify.records import (
    KeptMap,
    costs,
    cycle_of,
    durations,
    evidence,
    keep,
    keep_map,
    keep_verdict,
    mapped_at,
    newest_map,
    newest_of,
    passed,
    recent_failures,
    unjudged,
)

NOW = 1_800_000_000.0
TREE, BASE = "a" * 40, "b" * 40


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    chosen: Database = request.getfixturevalue(request.param)
    return chosen


def found(outcome: Outcome, at: float = NOW, **parts: object) -> Evidence:
    reading = Reading("pytest", outcome, 1.5, **parts)
    return Evidence(TREE, "pytest", "env", reading, "bwrap", at)


def judged(outcome: Outcome) -> Judgement:
    return Judgement(
        TREE, BASE, outcome, ("because",), (), (), (Deferred("types", "later"),), 2.0, (0, 1), ()
    )


def test_evidence_comes_back_as_it_was_kept(database: Database) -> None:
    cases = {"t.py::a": "passed", "t.py::ü\udc80": "failed"}
    kept = found(
        Outcome.FAILED, cases=cases, counts={"a.py|F": 2}, metrics={"collected": 2.0}, detail="why",
        lines={"a.py": {1: True, 2: False, 3: False}, "b.py": {}},
    )  # fmt: skip
    database.write(lambda tx: keep(tx, kept))
    assert database.read(lambda tx: evidence(tx, TREE, "pytest", "env")) == kept
    assert database.read(lambda tx: evidence(tx, TREE, "pytest", "other")) is None


def test_unknown_never_replaces_an_outcome_and_is_replaced_by_one(database: Database) -> None:
    for kept in (found(Outcome.UNKNOWN), found(Outcome.PASSED), found(Outcome.UNKNOWN)):
        database.write(lambda tx, kept=kept: keep(tx, kept))
    back = database.read(lambda tx: evidence(tx, TREE, "pytest", "env"))
    assert back is not None
    assert back.reading.outcome is Outcome.PASSED


def test_what_a_cycle_showed_comes_back_as_it_was(database: Database) -> None:
    lines = (
        Shown("t.py::a", Base.MISSING, Outcome.PASSED, "ImportError: \0\udc80"), Shown("make", Base.PASSED,
        Outcome.UNKNOWN, asked=True),
    )  # fmt: skip
    cycle = Cycle("bug", TREE, BASE, lines, ("no red test",))
    database.write(lambda tx: keep_verdict(tx, 7, 1, replace(judged(Outcome.PASSED), cycle=cycle), NOW))
    clean = replace(cycle, shown=(replace(lines[0], why="ImportError: ?"), lines[1]))
    assert database.read(lambda tx: cycle_of(tx, 7, 1)) == clean
    database.write(lambda tx: keep_verdict(tx, 7, 2, judged(Outcome.PASSED), NOW))
    assert database.read(lambda tx: cycle_of(tx, 7, 2)) is None
    assert database.read(lambda tx: cycle_of(tx, 7, 3)) is None


def test_a_verdict_is_one_row_and_one_event_however_often_it_is_recorded(database: Database) -> None:
    for _ in range(3):
        database.write(lambda tx: keep_verdict(tx, 7, 1, judged(Outcome.PASSED), NOW))
    events = database.read(lambda tx: history(tx, task=7))
    assert [(event.kind, event.data["tree"]) for event in events] == [("verdict.passed", TREE)]
    assert events[0].data["patch_coverage"]["why"] == "nobody measured it"
    assert database.read(lambda tx: passed(tx, TREE, BASE))
    assert not database.read(lambda tx: passed(tx, TREE, TREE))


def test_a_later_no_takes_the_green_back(database: Database) -> None:
    database.write(lambda tx: keep_verdict(tx, 7, 1, judged(Outcome.PASSED), NOW))
    database.write(lambda tx: keep_verdict(tx, 7, 2, judged(Outcome.FAILED), NOW + 1))
    assert not database.read(lambda tx: passed(tx, TREE, BASE))
    database.write(lambda tx: keep_verdict(tx, 8, 1, judged(Outcome.UNKNOWN), NOW + 2))
    assert not database.read(lambda tx: passed(tx, TREE, BASE))


def test_submissions_without_a_verdict_are_found_once(database: Database) -> None:
    def submitted(tx):  # rows of another room, as small as they can be
        for task, status in ((1, "review_needed"), (2, "pending")):
            tx.execute(
                "INSERT INTO wl_task (id, repository_id, lane, kind, title, status, cls, ready_at, fence,"
                " created_at, updated_at) VALUES (:id, 1, 1, 'fix', 't', :status, 1, 0, 3, 0, 0)", id=task,
                status=status,
            )  # fmt: skip
            tx.execute(
                "INSERT INTO wl_submission"
                " (task_id, fence, commit_oid, tree_oid, base_oid, files, lines, sandbox, at)"
                " VALUES (:id, 3, 'c', 't', 'b', '[]', 1, 'bwrap', 0)", id=task,
            )  # fmt: skip

    database.write(submitted)
    assert database.read(lambda tx: unjudged(tx, 1)) == [(1, 3)]
    assert database.read(lambda tx: unjudged(tx, 2)) == []
    database.write(lambda tx: keep_verdict(tx, 1, 3, judged(Outcome.UNKNOWN), NOW))
    assert database.read(lambda tx: unjudged(tx, 1)) == []


def test_costs_and_recent_failures_come_from_the_evidence(database: Database) -> None:
    database.write(
        lambda tx: keep(tx, found(Outcome.FAILED, cases={"t.py::a": "failed", "t.py::b": "passed"}))
    )
    assert database.read(lambda tx: recent_failures(tx, "pytest", "env")) == {"t.py::a"}
    cost = database.read(lambda tx: costs(tx, ["pytest", "mypy"], None))
    assert set(cost) == {"pytest"}
    assert cost["pytest"] == Cost(1.5, 1, 0)
    later = replace(found(Outcome.FAILED, NOW + 2), tree=BASE)
    for kept in (replace(found(Outcome.PASSED, NOW + 1), tree="c" * 40), later):
        database.write(lambda tx, kept=kept: keep(tx, kept))
    assert database.read(lambda tx: costs(tx, ["pytest"], "env"))["pytest"] == Cost(1.5, 3, 1)


def test_durations_are_those_of_the_newest_evidence_that_has_them(database: Database) -> None:
    old = found(Outcome.PASSED, spent={"a.py": 1.0, "b.py": 2.0})
    part = replace(found(Outcome.UNKNOWN, NOW + 1, spent={"a.py": 9.0}), check="pytest:1")
    other = replace(found(Outcome.PASSED, NOW + 2, spent={"a.py": 5.0}), environment="other")
    for kept in (part, other, old):
        database.write(lambda tx, kept=kept: keep(tx, kept))
    assert database.read(lambda tx: durations(tx, "pytest", "env")) == {"a.py": 9.0, "b.py": 2.0}


def test_only_the_newest_maps_are_kept_and_of_them_one_of_a_base_is_believed(database: Database) -> None:
    def known() -> KeptMap | None:
        return database.read(lambda tx: newest_map(tx, 1, "pytest", "env"))

    for number, tree in enumerate([BASE, *"cdefg", TREE]):
        made = KeptMap(tree, float(number), b"" if tree == "g" else b"map")
        database.write(lambda tx, made=made: keep_map(tx, 1, made, "pytest", "env"))
    assert database.read(lambda tx: tx.scalar("SELECT count(*) FROM wl_reach")) == 4
    assert database.read(lambda tx: mapped_at(tx, 1, "pytest", "env")) == 6.0
    assert database.read(lambda tx: mapped_at(tx, 2, "pytest", "env")) == 0.0
    assert known() is None, "nothing was judged against any of them"
    for fence, base in enumerate("eg"):
        against = replace(judged(Outcome.PASSED), base_tree=base)
        database.write(lambda tx, fence=fence, against=against: keep_verdict(tx, 1, fence, against, NOW))
    assert known() == KeptMap("e", 3.0, b"map"), "that of g is empty"


def test_the_newest_evidence_of_a_check_is_found_whatever_the_tree(database: Database) -> None:
    assert database.read(lambda tx: newest_of(tx, "pytest", "env")) is None
    for tree, at in ((TREE, NOW), (BASE, NOW + 1)):
        database.write(lambda tx, tree=tree, at=at: keep(tx, replace(found(Outcome.PASSED, at), tree=tree)))
    newest = database.read(lambda tx: newest_of(tx, "pytest", "env"))
    assert newest is not None
    assert newest.tree == BASE
