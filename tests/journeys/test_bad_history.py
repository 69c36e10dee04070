"""Branches and repositories that move under our feet: a person's word stands, and nothing lands twice."""

import json
from pathlib import Path

import pytest

from tests.journeys.care import WHO, landed, light, refusal, run, sound, untouched, wait_for_event
from tests.journeys.plant import Plant
from windlass.sandbox import probe

pytestmark = pytest.mark.skipif(not probe().ok, reason="needs a sandbox")


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return light(tmp_path)


def other_root(plant: Plant) -> str:
    """A commit with main's files and none of its history."""
    return plant.git(*WHO, "commit-tree", plant.git("rev-parse", "main^{tree}"), "-m", "Start anew")


def status_of(plant: Plant) -> list[tuple[str, str]]:
    listed = json.loads(plant.windlass("task", "list", "--repo", str(plant.repo), "--json").stdout)
    return [(task["status"], task["note"]) for task in listed]


def test_main_rewritten_or_deleted_and_the_repository_moved_between_two_runs(plant: Plant) -> None:
    assert run(plant, "--land").returncode == 0
    new = other_root(plant)
    plant.git("update-ref", "refs/heads/main", new)
    plant.grow(1)
    with untouched(plant):
        assert run(plant, "--land").returncode == 0
    assert landed(plant) == ["2"]
    assert plant.git("rev-list", "--max-parents=0", "main") == new

    plant.git("checkout", "-q", "--detach")
    plant.git("branch", "-m", "main", "trunk")
    assert "HEAD is detached" in refusal(run(plant, "--land", "--json"), 3)["message"]
    plant.git("branch", "-m", "trunk", "main")

    moved = plant.folder / "moved"
    plant.repo.rename(moved)
    assert str(plant.repo) in refusal(run(plant, "--land", "--json"), 3)["message"]
    done = run(plant, "--land", repo=moved)
    assert done.returncode == 0, done.stderr
    assert landed(plant, folder=moved) == ["2"]
    sound(plant)


@pytest.mark.parametrize("what", ["deleted", "rewritten"])
def test_main_deleted_or_rewritten_during_a_run_is_left_alone_and_told(plant: Plant, what: str) -> None:
    new = other_root(plant)
    going = plant.start("run", "--land", "--repo", str(plant.repo))
    wait_for_event(plant, "task.submitted")
    if what == "deleted":
        plant.git("update-ref", "-d", "refs/heads/main")
    else:
        plant.git("update-ref", "refs/heads/main", new)
    assert going.wait(120) == 0
    if what == "deleted":
        assert plant.git("for-each-ref", "refs/heads") == ""
        plant.git("update-ref", "refs/heads/main", new)
    assert plant.git("rev-parse", "main") == new
    ((status, note),) = status_of(plant)
    assert (status, "main" in note) == ("blocked", True)
    assert plant.windlass("task", "requeue", "1", "--repo", str(plant.repo)).returncode == 0
    with untouched(plant):
        assert run(plant, "--land").returncode == 0
    assert landed(plant) == ["1"]
    assert plant.git("rev-parse", "main~1") == new
    sound(plant)


def test_a_commit_made_during_a_run_is_kept_below_the_landed_one(plant: Plant) -> None:
    going = plant.start("run", "--land", "--repo", str(plant.repo))
    wait_for_event(plant, "task.submitted")
    tree = plant.git("rev-parse", "main^{tree}")
    mine = plant.git(*WHO, "commit-tree", tree, "-p", "main", "-m", "Mine")
    plant.git("update-ref", "refs/heads/main", mine)
    assert going.wait(120) == 0
    assert plant.git("rev-parse", "main~1") == mine
    assert landed(plant) == ["1"]
    sound(plant)


@pytest.mark.parametrize("name", ["windlass", "windlass/1"])
def test_a_branch_of_the_user_in_the_way_of_a_proposal_is_kept_and_named(plant: Plant, name: str) -> None:
    plant.git("branch", name)
    before = plant.git("for-each-ref", "refs/heads")
    with untouched(plant):
        assert run(plant).returncode == 0
        assert plant.git("for-each-ref", "refs/heads") == before
        ((status, note),) = status_of(plant)
        assert status == "blocked"
        assert name in note
        plant.git("branch", "-m", name, "mine")
        assert plant.windlass("task", "requeue", "1", "--repo", str(plant.repo)).returncode == 0
        assert run(plant).returncode == 0
    assert plant.git("rev-parse", "windlass/1~1") == plant.git("rev-parse", "main")
    sound(plant)
