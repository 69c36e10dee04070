"""Landings on a real git repository and on both databases, with a small real judge behind its door."""

import subprocess
import threading

import pytest

from windlass import backlog, dispatch, events, land, policy
from windlass.backlog import ItemState
from windlass.dispatch import TaskStatus
from windlass.land import LandingState, Mode
from windlass.land.model import Cause
from windlass.workspace import Author, Checkout

LAND, PROPOSE = Mode.LAND, Mode.PROPOSE
FIX = {"a.txt": b"ONE\ntwo\nthree\n"}


def kinds(plant, task_id):
    return [event.kind for event in plant.database.read(lambda tx: events.history(tx, task=task_id))]


def show(plant, spec):
    return plant.git("show", spec)


def test_a_green_change_lands_as_one_commit_on_main(plant):
    before = plant.git("rev-parse", "main")
    task, fence = plant.submitted(FIX, title="uppercase the first line")
    done = plant.run(plant.queue(task, fence, LAND))
    assert (done.state, done.cause, done.mode) == (LandingState.LANDED, Cause.NONE, LAND)
    assert plant.git("rev-parse", "main") == done.commit
    assert plant.git("rev-parse", "main^") == before
    assert plant.git("rev-parse", "main^{tree}") == done.tree == plant.gate.judged[-1]
    assert show(plant, "main:a.txt").startswith("ONE")
    body = plant.git("log", "-1", "--format=%B", "main")
    assert body.startswith("Uppercase the first line\n")
    assert f"Windlass-Task: {task}" in body
    assert f"Windlass-Attempt: {fence}" in body
    assert plant.task(task).status is TaskStatus.COMPLETED
    assert plant.item_of(task).state is ItemState.OPEN
    assert plant.git("fsck", "--strict", "--no-dangling") == ""


def test_every_move_is_an_event(plant):
    task, fence = plant.submitted(FIX)
    plant.run(plant.queue(task, fence, LAND))
    seen = [kind for kind in kinds(plant, task) if kind.startswith("landing.")]
    assert seen == [f"landing.{word}" for word in ("queued", "building", "proved", "landing", "landed")]


def test_the_users_checkout_is_not_touched_and_the_advice_brings_it_up_to_date(plant):
    (plant.user / "b.txt").write_bytes(b"alpha\nmine\n")
    before = plant.site.checkout.fingerprint()
    task, fence = plant.submitted(FIX)
    done = plant.run(plant.queue(task, fence, LAND))
    assert plant.site.checkout.fingerprint() == before
    subprocess.run(done.advice, shell=True, check=True)
    assert (plant.user / "a.txt").read_bytes() == FIX["a.txt"]
    assert (plant.user / "b.txt").read_bytes() == b"alpha\nmine\n"
    assert plant.git("status", "--porcelain").split() == ["M", "b.txt"]


def test_no_advice_where_the_branch_is_not_checked_out(plant):
    plant.git("switch", "-qc", "elsewhere")
    task, fence = plant.submitted(FIX)
    assert plant.run(plant.queue(task, fence, LAND)).advice == ""


def test_a_proposal_is_a_branch_and_a_patch_that_git_am_applies(plant, tmp_path):
    before = plant.git("rev-parse", "main")
    task, fence = plant.submitted({**FIX, "bin": b"\0\xff\n", "b.txt": None}, title="äöü: tidy")
    done = plant.run(plant.queue(task, fence, PROPOSE))
    assert done.state is LandingState.PROPOSED
    assert plant.git("rev-parse", "main") == before
    assert plant.git("rev-parse", f"windlass/{task}") == done.commit
    assert plant.item_of(task).state is ItemState.PROPOSED
    subprocess.run(["git", "clone", "-q", str(plant.user), str(tmp_path / "other")], check=True)
    who = ["-c", "user.name=P", "-c", "user.email=p@example.org"]
    subprocess.run(["git", "-C", str(tmp_path / "other"), *who, "am", "-q", done.patch], check=True)
    show = ["git", "-C", str(tmp_path / "other"), "log", "-1", "--format=%T%n%s%n%an"]
    said = subprocess.run(show, capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == [done.tree, "Äöü: tidy", "windlass"]


def test_a_branch_in_the_way_of_the_proposals_is_named_at_once(plant):
    task, fence = plant.submitted(FIX)
    plant.git("branch", "windlass", "main")
    done = plant.run(plant.queue(task, fence, PROPOSE))
    assert (done.state, done.cause) == (LandingState.BLOCKED, Cause.TAKEN)
    assert "branch 'windlass'" in done.reason
    assert f"task requeue {task}" in done.reason


def test_a_proposal_never_overwrites_somebodys_branch(plant):
    task, fence = plant.submitted(FIX)
    plant.git("branch", f"windlass/{task}", "main")
    done = plant.run(plant.queue(task, fence, PROPOSE))
    assert (done.state, done.cause) == (LandingState.BLOCKED, Cause.TAKEN)
    assert plant.git("rev-parse", f"windlass/{task}") == plant.git("rev-parse", "main")


def test_a_change_lands_on_top_of_what_landed_meanwhile(plant):
    first = plant.submitted({"a.txt": b"one\ntwo\nTHREE\n"})
    second = plant.submitted({"b.txt": b"ALPHA\nbeta\n"})
    assert plant.run(plant.queue(*first, LAND)).state is LandingState.LANDED
    done = plant.run(plant.queue(*second, LAND))
    assert done.state is LandingState.LANDED
    assert show(plant, "main:a.txt").endswith("THREE")
    assert show(plant, "main:b.txt").startswith("ALPHA")
    assert done.tree == plant.gate.judged[-1]


def test_a_conflict_sends_the_task_back_with_the_paths(plant):
    first, second = plant.submitted(FIX), plant.submitted({"a.txt": b"1\ntwo\nthree\n"})
    plant.run(plant.queue(*first, LAND))
    done = plant.run(plant.queue(*second, LAND))
    assert (done.state, done.cause) == (LandingState.EJECTED, Cause.CONFLICT)
    task = plant.task(second[0])
    assert task.status is TaskStatus.PENDING
    assert "a.txt" in task.note
    assert plant.item_of(second[0]).state is ItemState.ACTIVE


def test_a_red_tree_never_lands(plant):
    task, fence = plant.submitted(FIX)
    tree = plant.database.read(lambda tx: dispatch.submission(tx, task, fence)).tree
    plant.gate.red.add(tree)
    before = plant.git("rev-parse", "main")
    done = plant.run(plant.queue(task, fence, LAND))
    assert (done.state, done.cause, done.reason) == (LandingState.EJECTED, Cause.RED, "test_x fails")
    assert plant.git("rev-parse", "main") == before
    assert plant.task(task).status is TaskStatus.PENDING


def test_unknown_never_passes(plant):
    task, fence = plant.submitted(FIX)
    plant.gate.unknown.add(plant.database.read(lambda tx: dispatch.submission(tx, task, fence)).tree)
    done = plant.run(plant.queue(task, fence, LAND))
    assert (done.state, done.cause) == (LandingState.BLOCKED, Cause.UNKNOWN)
    assert plant.task(task).status is TaskStatus.BLOCKED
    assert plant.item_of(task).state is ItemState.BLOCKED


def test_a_change_that_is_already_there_completes_without_a_commit(plant):
    one, two = plant.submitted(FIX), plant.submitted(FIX)
    plant.run(plant.queue(*one, LAND))
    main = plant.git("rev-parse", "main")
    done = plant.run(plant.queue(*two, LAND))
    assert (done.state, done.cause) == (LandingState.EJECTED, Cause.EMPTY)
    assert plant.git("rev-parse", "main") == main
    assert plant.task(two[0]).status is TaskStatus.COMPLETED


def test_work_without_a_sandbox_is_only_proposed_and_that_is_on_record(plant):
    task, fence = plant.submitted(FIX, sandbox="none")
    main = plant.git("rev-parse", "main")
    done = plant.run(plant.queue(task, fence, LAND))
    assert (done.state, done.mode) == (LandingState.PROPOSED, PROPOSE)
    assert plant.git("rev-parse", "main") == main
    assert "landing.lowered" in kinds(plant, task)


def test_main_that_moves_during_the_checks_is_built_upon_again(plant):
    task, fence = plant.submitted(FIX)

    def user_commits():
        plant.gate.during = lambda: None
        plant.git("commit", "-q", "--allow-empty", "-m", "meanwhile")

    plant.gate.during = user_commits
    done = plant.run(plant.queue(task, fence, LAND))
    assert (done.state, done.tries) == (LandingState.LANDED, 2)
    assert plant.git("log", "-3", "--format=%s", "main").splitlines()[1] == "meanwhile"


def test_main_that_never_rests_blocks_after_a_bound(plant):
    task, fence = plant.submitted(FIX)
    plant.gate.during = lambda: plant.git("commit", "-q", "--allow-empty", "-m", "again")
    done = plant.run(plant.queue(task, fence, LAND))
    assert (done.state, done.cause) == (LandingState.BLOCKED, Cause.MAIN)
    assert "moved" in done.reason


def test_a_rewritten_main_blocks(plant):
    task, fence = plant.submitted(FIX)
    plant.git("commit", "-q", "--amend", "-m", "another first")
    done = plant.run(plant.queue(task, fence, LAND))
    assert (done.state, done.cause) == (LandingState.BLOCKED, Cause.MAIN)
    assert "rewritten" in done.reason


def test_a_deleted_main_blocks(plant):
    plant.git("switch", "-qc", "other")
    task, fence = plant.submitted(FIX)
    plant.git("branch", "-D", "main")
    done = plant.run(plant.queue(task, fence, LAND))
    assert (done.state, done.cause) == (LandingState.BLOCKED, Cause.MAIN)


@pytest.mark.parametrize("overrule", [dispatch.verdicts.cancel, dispatch.verdicts.requeue])
@pytest.mark.parametrize("point", ["begin", "build", "candidate", "judged", "intend"])
def test_a_task_taken_away_before_the_decision_never_lands(plant, overrule, point):
    task, fence = plant.submitted(FIX)
    main = plant.git("rev-parse", "main")

    def take_away(name):
        if name == point and plant.task(task).status is TaskStatus.REVIEW_NEEDED:
            plant.database.write(lambda tx: overrule(tx, task, "somebody", "why not", plant.clock()))

    done = plant.run(plant.queue(task, fence, LAND), mark=take_away)
    assert (done.state, done.cause) == (LandingState.EJECTED, Cause.STALE)
    assert plant.git("rev-parse", "main") == main


def test_a_cancel_after_the_decision_is_too_late_and_said_so(plant):
    task, fence = plant.submitted(FIX)

    def cancel(name):
        if name == "published":
            plant.database.write(
                lambda tx: dispatch.verdicts.cancel(tx, task, "somebody", "late", plant.clock())
            )

    done = plant.run(plant.queue(task, fence, LAND), mark=cancel)
    assert done.state is LandingState.LANDED
    assert plant.task(task).status is TaskStatus.CANCELLED
    assert "landing.task-moved" in kinds(plant, task)


def test_a_late_worker_that_force_pushes_every_ref_changes_nothing(plant):
    task, fence = plant.submitted(FIX)
    evil = {"a.txt": b"EVIL\n"}

    def push(_):
        mirror = plant.site.mirror
        commit = mirror.commit(
            mirror.write_tree(evil), [plant.git("rev-parse", "main")], "x", Author("e", "e@e"), 1.0
        )
        name = f"refs/heads/windlass/{task}/{fence}"
        plant.site.checkout.publish(
            mirror, commit, name, expected=plant.site.checkout.ref(name), message="evil"
        )

    done = plant.run(plant.queue(task, fence, LAND), mark=push)
    assert done.state is LandingState.LANDED
    assert show(plant, "main:a.txt") == "ONE\ntwo\nthree"


def test_a_moved_pin_blocks(plant):
    task, fence = plant.submitted(FIX)
    mirror, name = plant.site.mirror, f"refs/windlass/submissions/{task}/{fence}"
    evil = mirror.commit(mirror.write_tree({"a.txt": b"EVIL\n"}), [], "x", Author("e", "e@e"), 1.0)
    mirror.set_ref(name, evil, expected=mirror.ref(name))
    done = plant.run(plant.queue(task, fence, LAND))
    assert (done.state, done.cause) == (LandingState.BLOCKED, Cause.PIN)
    assert show(plant, "main:a.txt").startswith("one")


@pytest.mark.parametrize("what", ["tree", "commit", "both"])
def test_a_tampered_record_is_caught_by_the_second_merge(plant, what):
    task, fence = plant.submitted(FIX)
    main = plant.git("rev-parse", "main")
    mirror = plant.site.mirror
    tree = mirror.write_tree({"a.txt": b"EVIL\n"})
    commit = mirror.commit(tree, [main], "x", Author("e", "e@e"), 1.0)

    def tamper(name):
        if name == "land":
            sets = {"tree": "tree_oid = :tree", "commit": "commit_oid = :commit"}
            sets["both"] = ", ".join(sets.values())
            values = {
                "tree": {"tree": tree},
                "commit": {"commit": commit},
                "both": {"tree": tree, "commit": commit},
            }
            sql = f"UPDATE wl_landing SET {sets[what]} WHERE task_id = :task"
            plant.database.write(lambda tx: tx.execute(sql, task=task, **values[what]))

    done = run_tampered(plant, task, fence, tamper)
    assert (done.state, done.cause) == (LandingState.BLOCKED, Cause.MISMATCH)
    assert plant.git("rev-parse", "main") == main
    alarms = [e for e in plant.database.read(events_of(task)) if e.kind == "land.tree-mismatch"]
    assert [alarm.data["severity"] for alarm in alarms] == ["critical"]


def events_of(task):
    return lambda tx: events.history(tx, task=task)


def run_tampered(plant, task, fence, tamper):
    """The row is changed between two steps, so run again from the rows as a restart would."""
    landing_id = plant.queue(task, fence, LAND)

    class Stop(Exception):
        pass

    def stop(name):
        if name == "land":
            tamper(name)
            raise Stop

    with pytest.raises(Stop):
        plant.run(landing_id, mark=stop)
    return plant.run(landing_id)


def test_two_racers_for_one_landing_land_it_once(plant):
    task, fence = plant.submitted(FIX)
    landing_id = plant.queue(task, fence, LAND)
    results, barrier = [], threading.Barrier(3)

    def race():
        barrier.wait()
        results.append(plant.run(landing_id))

    threads = [threading.Thread(target=race) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert {done.state for done in results} == {LandingState.LANDED}
    assert plant.git("rev-list", "--count", "main") == "2"
    assert kinds(plant, task).count("landing.landed") == 1


def test_who_comes_while_another_is_judged_waits_and_is_started_by_it(plant):
    one, two = plant.submitted(FIX), plant.submitted({"b.txt": b"ALPHA\nbeta\n"})
    first, seen = plant.queue(*one, LAND), []

    def come():
        seen.append(plant.run(plant.queue(*two, LAND)))

    plant.gate.during = come
    plant.run(first)
    (waiting,) = seen
    second = waiting.id
    assert waiting.state is LandingState.QUEUED
    fresh = list(plant.site.start.keys)[-1]
    assert fresh.endswith(f"after-{first}-1")
    assert plant.site.start.keys[fresh] == ("land", {"landing": second})
    plant.gate.during = lambda: None
    assert plant.run(second).state is LandingState.LANDED


def test_racers_for_one_branch_never_hold_it_together(plant):
    ids = [plant.queue(*plant.submitted({f"n{n}.txt": b"x\n"}), LAND) for n in range(4)]
    barrier = threading.Barrier(4)

    def race(landing_id):
        barrier.wait()
        plant.run(landing_id)

    threads = [threading.Thread(target=race, args=(one,)) for one in ids]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    for one in ids:
        assert plant.run(one).state is LandingState.LANDED
    assert plant.git("rev-list", "--count", "main") == "5"
    assert plant.git("rev-list", "--merges", "--count", "main") == "0"


def test_queueing_twice_is_one_landing(plant):
    task, fence = plant.submitted(FIX)
    assert plant.queue(task, fence, LAND) == plant.queue(task, fence, LAND)


def ask_person(plant, files, choice, **limits):
    plant.with_scope(**limits)
    task, fence = plant.submitted(files)
    landing_id = plant.queue(task, fence, LAND)
    held = plant.run(landing_id)
    assert (held.state, held.cause) == (LandingState.BLOCKED, Cause.SCOPE)
    (asked,) = plant.database.read(lambda tx: policy.open_decisions(tx))
    assert plant.run(landing_id).state is LandingState.BLOCKED
    assert tick(plant) == []
    plant.database.write(lambda tx: policy.answer(tx, asked.id, choice, "ada", plant.clock()))
    assert tick(plant) == [landing_id]
    return task, held, plant.run(landing_id)


def tick(plant):
    site = plant.site
    return site.database.write(lambda tx: land.tick(tx, site.repository.id, site.start, plant.clock()))


@pytest.mark.parametrize(
    ("files", "limits", "rule"),
    [
        ({"secrets/key": b"x\n"}, {}, "restricted"),
        ({".gitattributes": b"* filter=x\n"}, {}, "protected"),
        ({"a.txt": b"x\n" * 300}, {}, "max_lines"),
        ({f"n{n}": b"x\n" for n in range(11)}, {}, "max_files"),
        ({"requirements.txt": b"left-pad\n"}, {}, "new_dependencies"),
        (FIX, {"daily_prs": 0}, "daily_prs"),
    ],
)
def test_what_the_scope_forbids_waits_for_a_person_and_lands_when_allowed(plant, files, limits, rule):
    main = plant.git("rev-parse", "main")
    _, held, done = ask_person(plant, files, "land", **limits)
    assert rule in held.reason
    assert done.state is LandingState.LANDED
    assert plant.git("rev-parse", "main^") == main


@pytest.mark.parametrize(
    ("readings", "state"),
    [
        ({"pytest": 79.0}, LandingState.BLOCKED),
        ({"pytest": 81.0}, LandingState.LANDED),
        ({"pytest": 81.0, "pytest:abc": 7.5}, LandingState.LANDED),
        ({"pytest:abc": 7.5}, LandingState.LANDED),
    ],
)
def test_only_the_whole_suite_tells_the_coverage(plant, readings, state):
    plant.gate.coverage = readings
    assert plant.run(plant.queue(*plant.submitted(FIX), LAND)).state is state


def test_altered_expectations_of_tests_wait_for_a_person(plant):
    plant.gate.doubts = ("tests/test_a.py:3: alters what test_a expects: f() == 1 -> f() == 2",)
    _, held, done = ask_person(plant, FIX, "land")
    assert "tests: tests/test_a.py:3: alters what test_a expects" in held.reason
    assert done.state is LandingState.LANDED


def test_what_a_person_declines_ends(plant):
    main = plant.git("rev-parse", "main")
    task, _, done = ask_person(plant, {"secrets/key": b"x\n"}, "decline")
    assert (done.state, done.cause) == (LandingState.EJECTED, Cause.DECLINED)
    assert plant.git("rev-parse", "main") == main
    assert plant.task(task).status is TaskStatus.CANCELLED
    assert plant.item_of(task).state is ItemState.DECLINED


def test_a_question_about_a_task_that_was_taken_away_is_withdrawn(plant):
    task, fence = plant.submitted({"secrets/key": b"x\n"})
    landing_id = plant.queue(task, fence, LAND)
    plant.run(landing_id)
    plant.database.write(lambda tx: dispatch.verdicts.cancel(tx, task, "ada", "no", plant.clock()))
    assert tick(plant) == [landing_id]
    assert plant.run(landing_id).cause is Cause.STALE
    assert plant.database.read(lambda tx: policy.open_decisions(tx)) == []


def test_tick_starts_what_nobody_moves(plant):
    landing_id = plant.queue(*plant.submitted(FIX), LAND)
    assert tick(plant) == []
    plant.clock.advance(120)
    assert tick(plant) == [landing_id]


@pytest.mark.parametrize(("point", "after"), [("candidate", 901), ("land", 61)])
def test_tick_starts_a_silent_holder_again(plant, point, after):
    landing_id = plant.queue(*plant.submitted(FIX), LAND)

    def break_off(name):
        if name == point:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        plant.run(landing_id, mark=break_off)
    plant.clock.advance(after - 2)
    assert tick(plant) == []
    plant.clock.advance(2)
    assert tick(plant) == [landing_id]


def test_a_failing_day_stops_landing(plant):
    plant.with_scope(ci_runs_min=1)
    task, fence = plant.submitted(FIX)
    plant.gate.red.add(plant.database.read(lambda tx: dispatch.submission(tx, task, fence)).tree)
    plant.run(plant.queue(task, fence, LAND))
    done = plant.run(plant.queue(*plant.submitted({"b.txt": b"x\n"}), LAND))
    assert (done.state, done.cause) == (LandingState.BLOCKED, Cause.SCOPE)
    assert "ci_failure_threshold" in done.reason


def test_the_real_checkout_is_used_for_a_linked_worktree(plant, tmp_path):
    plant.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    assert Checkout.open(tmp_path / "side", main="main").ref("refs/heads/main") == plant.git(
        "rev-parse", "main"
    )


def test_work_on_the_strict_route_is_read_by_a_person_before_it_lands(plant):
    task, fence = plant.submitted(FIX)
    item = plant.item_of(task)
    plant.database.write(lambda tx: backlog.route_item(tx, item.id, "strict", ["risky"], 1.0, files=None))
    landing_id = plant.queue(task, fence, LAND)
    held = plant.run(landing_id)
    assert (held.state, held.cause) == (LandingState.BLOCKED, Cause.SCOPE)
    asked = plant.database.read(lambda tx: policy.decision(tx, held.decision))
    plant.database.write(lambda tx: policy.answer(tx, asked.id, "land", "ann", 2.0))
    assert plant.run(landing_id).state is LandingState.LANDED


def test_a_landing_that_loosens_the_ratchet_is_sent_back(plant):
    plant.gate.coverage = {"pytest": 95.0}
    assert plant.run(plant.queue(*plant.submitted(FIX), LAND)).state is LandingState.LANDED
    plant.gate.coverage = {"pytest": 85.0}
    task, fence = plant.submitted({"sub/c.txt": b"deeper\n"})
    done = plant.run(plant.queue(task, fence, LAND))
    assert (done.state, done.cause) == (LandingState.EJECTED, Cause.RED)
    assert "coverage is 85 %: below its bound of 95 % by more than 1 %" in done.reason
    assert "coverage is 85 %" in plant.task(task).note
