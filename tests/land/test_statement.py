"""The statement of a landing: what is on record, bounded, and the same every time."""

from pathlib import Path

import pytest

from windlass import dispatch, land
from windlass.events import Subject
from windlass.land.key import landing_key
from windlass.land.statement import KIND, ROWS_MAX, digest, statement
from windlass.policy import answer, ask


@pytest.fixture
def landed(plant, tmp_path: Path):
    task, fence = plant.submitted({"a.txt": b"ONE\n"}, title="Fix the first line " * 20)
    about = Subject(plant.site.repository.id, plant.task(task).item_id, task, fence)

    def decide(tx) -> None:
        one = ask(tx, "k", "may it?", {}, ("yes", "no"), kind="gate", now=1.0, about=about)
        answer(tx, one.id, "yes", "mara", 2.0)

    plant.database.write(decide)
    found = plant.run(plant.queue(task, fence, land.Mode.LAND), key=landing_key(tmp_path / "keys"))
    assert found.state is land.LandingState.LANDED
    return found


def stated(plant, landing):
    def read(tx):
        return statement(tx, landing, dispatch.chain.whole(tx, landing.task_id, landing.fence), 7.0)

    return plant.database.read(read)


def test_it_says_what_was_made_of_what_by_whom(plant, landed) -> None:
    told = stated(plant, landed)
    assert told["_type"] == KIND
    assert told["subject"] == [{"name": "refs/heads/main", "digest": {"gitCommit": landed.commit}}]
    said = told["predicate"]
    assert (said["base"], said["tree"], said["branch"], said["mode"]) == (
        landed.base,
        landed.tree,
        "main",
        "land",
    )
    assert said["submission"]["sandbox"] == "bwrap"
    (attempt,) = said["attempts"]
    assert (attempt["worker"], attempt["outcome"]) == ("w1", "submitted")
    (approval,) = said["approvals"]
    assert (approval["by"], approval["choice"]) == ("mara", "yes")
    assert len(said["item"]["title"]) <= 200
    assert said["lists"]["attempts"] == {"rows": 1, "sha256": digest(said["attempts"])}
    assert stated(plant, landed) == told


def test_long_lists_are_cut_and_counted(plant, landed) -> None:
    def fill(tx) -> None:
        for number in range(100):
            tx.execute(
                "INSERT INTO wl_evidence (tree_oid, check_id, environment, verdict, seconds, metrics, detail,"
                " sandbox, at) VALUES (:tree, :check, 'e', 'passed', 1.0, '{}', '', 'bwrap', 1.0)",
                tree=landed.tree, check=f"check-{number:03d}-{'x' * 100}",
            )  # fmt: skip

    plant.database.write(fill)
    said = stated(plant, landed)["predicate"]
    assert len(said["evidence"]) == ROWS_MAX["evidence"]
    assert said["lists"]["evidence"]["rows"] == 100
