"""Candidates are made of the pinned commit and of main, the same at every try."""

from dataclasses import replace

from windlass import dispatch
from windlass.land import Mode, records
from windlass.land.candidate import Impossible, build, conflict_feedback, pin_problem, scope_change
from windlass.land.model import Candidate, Cause

FIX = {"a.txt": b"ONE\ntwo\nthree\n"}


def parts(plant, files=FIX):
    task, fence = plant.submitted(files)
    landing_id = plant.queue(task, fence, Mode.LAND)
    landing = plant.database.read(lambda tx: records.landing(tx, landing_id))
    submission = plant.database.read(lambda tx: dispatch.submission(tx, task, fence))
    return landing, plant.task(task), submission, plant.site.mirror.sync(plant.site.checkout)


def test_the_same_inputs_give_the_same_commit_whenever_they_are_tried(plant):
    landing, task, submission, main = parts(plant)
    one = build(plant.site, landing, task, submission, main)
    plant.clock.advance(1000)
    assert isinstance(one, Candidate)
    assert build(plant.site, landing, task, submission, main) == one
    assert one.changed == ("a.txt",)


def test_a_submission_that_is_not_what_was_pinned_is_not_built(plant):
    landing, task, submission, main = parts(plant)
    other = replace(submission, commit=main, tree=plant.site.mirror.tree_of(main))
    made = build(plant.site, landing, task, other, main)
    assert isinstance(made, Impossible)
    assert made.cause is Cause.PIN
    assert "has the tree" in (pin_problem(plant.site, replace(submission, tree="0" * 40)) or "")


def test_the_scope_counts_what_would_land(plant):
    files = {
        "sub/c.txt": None, "moved.txt": b"deep\n", ".gitattributes": b"x\n",
        "requirements.txt": b"left-pad\n", "pyproject.toml": b"[[",
    }  # fmt: skip
    landing, task, submission, main = parts(plant, files)
    made = build(plant.site, landing, task, submission, main)
    assert isinstance(made, Candidate)
    change = scope_change(plant.site, made)
    assert set(change.paths) == set(files)
    assert change.lines == 3
    assert change.new_dependencies == ("(cannot be read) (pyproject.toml)", "left-pad (requirements.txt)")
    assert ".gitattributes" in dict(change.protected)


def test_feedback_names_a_bounded_number_of_paths():
    said = conflict_feedback("main", "c" * 40, [f"p{n:03}" for n in range(50)])
    assert "p019" in said
    assert "p020" not in said
    assert "30 more" in said
