"""The report of a run on both databases, from what the other rooms really write."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from windlass import backlog, dispatch, events, policy
from windlass.backlog import Draft, Finding, Item, ItemState, Repository, Score
from windlass.dispatch import Lease, Outcome, Spec, Submission
from windlass.events import Subject
from windlass.kernel import FixedClock, NotFound
from windlass.learn import Report, finish_run, render, report, start_run, to_json
from windlass.plan import PlanSettings, tick
from windlass.store import Database, Started, Transaction
from windlass.verify.patch import Patch

FINDING = (
    "INSERT INTO wl_finding (repository_id, item_id, source, rule, fingerprint, path, line, text, severity,"
    " state, first_commit, first_seen_at, last_seen_at, anchor)"
    " VALUES (:r, :i, 'sarif', 'F401', :fp, :path, 1, 'unused', 'warning', 'open', 'c0', 1, 1, '')"
)
LANDING = (
    "INSERT INTO wl_landing (repository_id, task_id, fence, branch, mode, state, cause, commit_oid, tree_oid,"
    " ref, created_at, updated_at) VALUES (:r, :task, :fence, 'main', 'land', :state, :cause, :commit, :tree,"
    " :ref, :now, :now)"
)


def mechanic(item: Item, findings: Sequence[Finding]) -> str | None:
    return "mechanic" if item.fixable else None


class Plant:
    def __init__(self, database: Database, clock: FixedClock) -> None:
        self.database, self.clock = database, clock
        self.repository: Repository = database.write(
            lambda tx: backlog.tend(tx, "demo", "/demo", "main", clock())
        )
        self.run = database.write(lambda tx: start_run(tx, self.repository.id, clock(), {"land": True}))

    def file(
        self, key: str, *paths: str, category: str = "lint", fixable: bool = True, size: int = 2
    ) -> Item:
        def write(tx: Transaction) -> Item:
            score = Score(1, 1, 2, size)
            draft = Draft(
                key, f"Fix {key}", source="sarif", rule=key, category=category, score=score, fixable=fixable
            )
            item = backlog.add_item(tx, self.repository.id, draft, self.clock())
            for n, path in enumerate(paths):
                tx.execute(FINDING, r=self.repository.id, i=item.id, fp=f"{key}{n}", path=path)
            return item

        return self.database.write(write)

    def plan(self) -> None:
        self.clock.advance(1)
        self.database.write(lambda tx: tick(tx, self.repository, PlanSettings(), mechanic, self.clock()))

    def scanned(self, source: str, **data: object) -> None:
        self.clock.advance(1)
        counts = {"found": 0, "new": 0, "moved": 0, "gone": 0, "returned": 0, "coverage": 1.0, "error": None}
        kind = "source.failed" if data.get("error") else "source.scanned"
        self.database.write(
            lambda tx: events.append(
                tx,
                kind,
                self.clock(),
                about=Subject(self.repository.id),
                **{**counts, "source": source, **data},
            )
        )

    def claimed(self, item: Item) -> Lease:
        self.clock.advance(1)

        def work(tx: Transaction) -> Lease:
            lane = dispatch.lane_id(tx, self.repository.id, "main")
            dispatch.add_task(
                tx, repository_id=self.repository.id, item_id=item.id, lane=lane, kind="fix",
                title=item.title, spec=Spec("mechanic", ("a.py",)), wsjf=2.0, base="b" * 40, now=self.clock(),
            )  # fmt: skip
            claim = dispatch.claim(tx, [lane], "w1", "n1", self.clock())
            assert claim is not None
            return claim[1]

        return self.database.write(work)

    def submitted(self, lease: Lease) -> None:
        offered = Submission(lease.task_id, lease.fence, "c" * 40, "d" * 40, "b" * 40, ("a.py",), 3, "bwrap")
        self.database.write(
            lambda tx: dispatch.submit(
                tx, dispatch.hold(tx, lease, self.clock()), offered, Started(), self.clock()
            )
        )

    def landing(self, lease: Lease, state: str, cause: str = "") -> None:
        self.clock.advance(1)
        self.database.write(
            lambda tx: tx.execute(
                LANDING, r=self.repository.id, task=lease.task_id, fence=lease.fence, state=state,
                cause=cause, commit="e" * 40, tree="d" * 40, ref="refs/heads/main", now=self.clock(),
            )
        )  # fmt: skip

    def report(self) -> Report:
        return self.database.read(lambda tx: report(tx, self.repository))

    def finish(self) -> Report:
        self.clock.advance(1)
        self.database.write(lambda tx: finish_run(tx, self.run, "idle", self.clock()))
        return self.report()


@pytest.fixture
def plant(database: Database, clock: FixedClock) -> Plant:
    return Plant(database, clock)


def test_nothing_found_is_a_success(plant: Plant) -> None:
    plant.scanned("comments")
    told = plant.finish()
    assert told.idle
    assert render(told)[1] == "✓ success: no actionable items"
    assert to_json(told)["no_actionable_items"] is True


def test_scans_of_one_source_are_added_up(plant: Plant) -> None:
    plant.scanned("comments", found=9, new=9)
    plant.scanned("sarif", error="ruff broke", coverage=0.0)
    plant.scanned("comments", found=7, gone=2, coverage=0.9)
    comments, sarif = plant.finish().found.rows
    assert (comments.scans, comments.found, comments.new, comments.gone, comments.coverage) == (
        2,
        7,
        9,
        2,
        0.9,
    )
    assert (sarif.found, sarif.coverage, sarif.error) == (None, None, "ruff broke")


def test_the_gate_is_told_with_reasons_and_the_question(plant: Plant) -> None:
    auto = plant.file("F401", "a.py")
    risky = plant.file("S105", "b.py", category="security")
    stuck = plant.file("TODO", "c.py", fixable=False)
    small = plant.file("E501", "d.py", size=8)
    plant.plan()
    told = plant.finish()
    (asked,) = plant.database.read(lambda tx: policy.open_decisions(tx, plant.repository.id))
    gated = {row.item: row for row in told.gated.rows}
    assert set(gated) == {auto.id, risky.id}
    assert (gated[auto.id].route, gated[auto.id].decision, gated[auto.id].state) == ("auto", None, "routed")
    assert (gated[risky.id].route, gated[risky.id].decision) == ("strict", asked.id)
    assert gated[risky.id].reasons == ("risk: kind 'security' is risky by nature",)
    assert [(row.id, row.reason) for row in told.blocked.rows] == [
        (stuck.id, "no runner accepts it: TODO from sarif")
    ]
    assert (told.below, told.questions) == (1, (asked.id,))
    ranked = {row.item: row for row in told.ranked.rows}
    assert (ranked[auto.id].band, ranked[small.id].actionable, ranked[auto.id].findings) == ("high", False, 1)
    assert not told.idle


def test_what_only_waits_is_no_actionable_item(plant: Plant) -> None:
    plant.file("S105", "b.py", category="security")
    plant.plan()
    told = plant.finish()
    assert told.idle
    assert "1 waiting for an answer: windlass decide list" in render(told)[1]


def test_who_answered_is_told(plant: Plant) -> None:
    item = plant.file("S105", "b.py", category="security")
    plant.plan()
    (asked,) = plant.database.read(lambda tx: policy.open_decisions(tx, plant.repository.id))
    plant.database.write(lambda tx: policy.answer(tx, asked.id, "approve", "ada", plant.clock()))
    plant.plan()
    (row,) = plant.finish().gated.rows
    assert (row.item, row.route, row.by, row.decision) == (item.id, "strict", "ada", None)


def test_a_landed_task_is_told_with_its_evidence(plant: Plant) -> None:
    item = plant.file("F401", "a.py")
    plant.plan()
    lease = plant.claimed(item)
    plant.submitted(lease)
    plant.database.write(
        lambda tx: tx.execute(
            "INSERT INTO wl_evidence (tree_oid, check_id, environment, verdict, seconds, metrics, detail,"
            " sandbox, at) VALUES (:tree, 'pytest', 'env', 'passed', 1.5, '{}', '', 'bwrap', :at)",
            tree="d" * 40, at=plant.clock(),
        )
    )  # fmt: skip
    plant.database.write(lambda tx: dispatch.verdicts.complete(tx, lease.task_id, lease.fence, plant.clock()))
    about = Subject(plant.repository.id, None, lease.task_id, lease.fence)
    plant.database.write(lambda tx: events.append(tx, "verdict.passed", 5.0, about=about, known=2))
    plant.database.write(lambda tx: events.append(
        tx, "landing.proved", 6.0, about=about, tree="d" * 40,
        patch_coverage=Patch({"a.py": frozenset({1})}, {"a.py": frozenset({2, 3})}, why="").document(),
    ))  # fmt: skip
    plant.landing(lease, "landed")
    told = plant.finish()
    (done,) = told.done.rows
    assert (done.task, done.item, done.status) == (lease.task_id, item.id, "completed")
    assert [(one.runner, one.outcome) for one in done.attempts] == [("mechanic", "submitted")]
    (landed,) = told.delivered.rows
    assert (landed.state, landed.ref, landed.commit, landed.tree) == (
        "landed", "refs/heads/main", "e" * 40, "d" * 40,
    )  # fmt: skip
    assert [(proof.check, proof.outcome) for proof in landed.proofs] == [("pytest", "passed")]
    assert (landed.proved_at, landed.known) == (6.0, 2)
    assert "✓ patch coverage: tests ran 1 of 3 added lines; not run: a.py:2-3" in "\n".join(render(told))
    assert landed.patch_coverage is not None
    assert landed.patch_coverage["uncovered"] == {"a.py": "2-3"}
    assert render(told)[1].startswith("· 1 landed, 0 proposed, 0 refused")


def test_refusals_of_several_stages_are_one_row_with_every_reason_once(plant: Plant) -> None:
    lease = plant.claimed(plant.file("F401", "a.py"))
    plant.submitted(lease)
    about = Subject(plant.repository.id, None, lease.task_id, lease.fence)

    def verdict(tx: Transaction) -> None:
        events.append(tx, "verdict.failed", plant.clock(), about=about, reasons=["test_a fails now"])
        dispatch.verdicts.reject(tx, lease.task_id, lease.fence, "test_a fails now", plant.clock())

    plant.database.write(verdict)
    (refused,) = plant.finish().refused.rows
    assert (refused.task, refused.by, refused.reasons) == (lease.task_id, ("verify",), ("test_a fails now",))


def test_a_given_up_attempt_says_what_happened(plant: Plant) -> None:
    lease = plant.claimed(plant.file("F401", "a.py"))
    plant.database.write(
        lambda tx: dispatch.give_up(
            tx,
            dispatch.hold(tx, lease, plant.clock()),
            Outcome.FAILED,
            "ruff broke",
            plant.clock(),
            retry=False,
        )
    )
    told = plant.finish()
    assert told.done.rows[0].attempts[0].outcome == "failed"
    assert "ruff broke" in told.refused.rows[0].reasons


def test_a_landing_that_waits_for_a_person_is_blocked_and_asked(plant: Plant) -> None:
    lease = plant.claimed(plant.file("F401", "a.py"))
    plant.landing(lease, "blocked", "scope")
    plant.database.write(
        lambda tx: policy.ask(
            tx, "landing:1", "may it land?", {"limits": ["max_lines: 300 lines, at most 200"]},
            ("land", "no"), kind="landing", now=plant.clock(),
            about=Subject(plant.repository.id, task=lease.task_id),
        )
    )  # fmt: skip
    told = plant.finish()
    assert [row.what for row in told.blocked.rows] == ["landing"]
    (asked,) = [row for row in told.gated.rows if row.route == "landing"]
    assert asked.reasons == ("max_lines: 300 lines, at most 200",)
    assert asked.decision == told.questions[0]


def test_a_finished_run_is_told_the_same_again(plant: Plant) -> None:
    item = plant.file("F401", "a.py")
    plant.plan()
    plant.claimed(item)
    first = plant.finish()
    plant.clock.advance(5_000)
    plant.scanned("comments", found=3, new=3)
    again = plant.report()
    assert again == first
    assert json.dumps(to_json(again)) == json.dumps(to_json(first))


def test_other_repositories_and_earlier_events_are_not_told(plant: Plant) -> None:
    other = plant.database.write(lambda tx: backlog.tend(tx, "other", "/other", "main", 1.0))
    plant.database.write(
        lambda tx: events.append(tx, "source.scanned", 1.0, about=Subject(other.id), source="x", found=1)
    )
    assert plant.finish().found.rows == ()
    with pytest.raises(NotFound):
        plant.database.read(lambda tx: report(tx, other))
    with pytest.raises(NotFound):
        plant.database.read(lambda tx: report(tx, replace(plant.repository), 99))


def test_a_running_run_can_be_told(plant: Plant) -> None:
    item = plant.file("F401", "a.py")
    plant.database.write(
        lambda tx: backlog.move_item(tx, item.id, ItemState.BLOCKED, plant.clock(), reason="why")
    )
    told = plant.report()
    assert told.run.finished_at is None
    assert [row.reason for row in told.blocked.rows] == ["why"]
