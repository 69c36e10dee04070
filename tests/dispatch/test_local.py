"""The employer on the same host."""

from dataclasses import replace

from windlass.dispatch import Outcome, TaskStatus
from windlass.dispatch.local import LocalEmployer, start_of
from windlass.workspace import Author


def test_a_job_says_all_that_a_runner_is_told(place) -> None:
    task_id = place.desk.file(base=place.base)
    job = LocalEmployer(place.site, 300.0).take("w1")
    assert job is not None
    told = job.assignment
    assert (told.task, told.fence, told.paths, told.rules) == (task_id, 1, ("src/a.py",), ("F401",))
    assert (job.runner, told.branch, told.base) == ("mechanic", f"windlass/{task_id}/1", place.base)


def test_only_the_lanes_of_its_runners_are_asked(place) -> None:
    place.desk.file(runner="agent", base=place.base)
    assert LocalEmployer(place.site, 300.0).take("w1") is None


def test_a_task_handed_back_is_ready_again_at_no_cost(place) -> None:
    task_id = place.desk.file(base=place.base)
    employer = LocalEmployer(place.site, 300.0)
    job = employer.take("w1")
    employer.release(job, "disk full")
    assert place.desk.status(task_id) is TaskStatus.PENDING
    assert place.desk.task(task_id).attempt == 0
    assert not employer.holds(job.lease)


def test_ends_lead_where_the_rules_say(place) -> None:
    employer = LocalEmployer(place.site, 300.0)
    wanted = {
        Outcome.FAILED: TaskStatus.PENDING, Outcome.REFUSED: TaskStatus.PENDING,
        Outcome.NOTHING: TaskStatus.COMPLETED, Outcome.CANNOT: TaskStatus.BLOCKED,
    }  # fmt: skip
    for outcome, status in wanted.items():
        place.desk.file(base=place.base, wsjf=9)
        assert employer.end(employer.take("w1"), outcome, "why") is status


def test_work_starts_from_main_as_it_is_now_or_from_the_work_it_stands_on(lite_place) -> None:
    site = lite_place.site
    first = lite_place.base
    (lite_place.repository / "new.txt").write_text("x")
    lite_place.git("add", "-A")
    lite_place.git("commit", "-q", "-m", "second")
    now = site.mirror.sync(site.checkout)
    task = lite_place.desk.task(lite_place.desk.file(base=first))
    assert start_of(site, task) == now
    tree = site.mirror.write_tree({"a": b"b"})
    aside = site.mirror.commit(tree, [first], "not landed", Author("w", "w@localhost"), 1.0)
    assert start_of(site, replace(task, base=aside)) == now, "main was rewritten: begin from what it is now"
    assert start_of(site, replace(task, base=aside, parent=1)) == aside
    assert start_of(site, replace(task, base=first, parent=1)) == now


def test_work_filed_by_a_server_that_saw_more_of_main_starts_there(lite_place) -> None:
    """This server's mirror is behind; beginning at its main would find nothing to do."""
    (lite_place.repository / "new.txt").write_text("x")
    lite_place.git("add", "-A")
    lite_place.git("commit", "-q", "-m", "second")
    newer = lite_place.git("rev-parse", "HEAD").strip()
    assert lite_place.site.mirror.ref(lite_place.site.main_ref) == lite_place.base
    task = lite_place.desk.task(lite_place.desk.file(base=newer))
    assert start_of(lite_place.site, task) == newer
