"""Repositories that are none, or not quite: a clear refusal, or the main job done all the same."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.journeys.care import WHO, commit, landed, light, refusal, run, sound, untouched
from tests.journeys.plant import Plant
from windlass.sandbox import probe

needs_sandbox = pytest.mark.skipif(not probe().ok, reason="needs a sandbox")
POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)


@pytest.fixture
def plant(tmp_path: Path) -> Plant:
    return light(tmp_path)


def clone(plant: Plant, name: str, *options: str) -> Path:
    folder = plant.folder / name
    command = ["git", "clone", "-q", *options, plant.repo.as_uri(), str(folder)]
    subprocess.run(command, check=True, env=plant.env)
    return folder


@pytest.mark.parametrize("command", ["run", "discover", "status"])
def test_a_folder_that_is_no_repository_is_named(plant: Plant, command: str) -> None:
    folder = plant.folder / "plain"
    folder.mkdir()
    told = refusal(plant.windlass(command, "--repo", str(folder), "--json"), 3)
    assert str(folder) in told["message"]
    assert "git init" in told["hint"]
    assert list(folder.iterdir()) == []


def test_a_folder_that_does_not_exist_and_a_file_are_named(plant: Plant) -> None:
    for place in (plant.folder / "nowhere", plant.repo / "pyproject.toml"):
        told = refusal(plant.windlass("run", "--repo", str(place), "--json"), 3)
        assert str(place) in told["message"]


def test_a_repository_without_a_commit_is_told_to_make_one(plant: Plant) -> None:
    folder = plant.folder / "empty"
    subprocess.run(["git", "init", "-q", folder], check=True)
    for command in ("run", "discover"):
        told = refusal(plant.windlass(command, "--repo", str(folder), "--json"), 2)
        assert "no commit yet" in told["message"]
        assert "git commit" in told["hint"]
    assert sorted(path.name for path in folder.iterdir()) == [".git"]


def test_a_detached_head_without_any_branch_is_told_to_make_one(plant: Plant) -> None:
    plant.git("checkout", "-q", "--detach")
    plant.git("branch", "-D", "main")
    told = refusal(run(plant, "--json"), 3)
    assert "HEAD is detached" in told["message"]
    assert "git switch -c main" in told["hint"]


@needs_sandbox
def test_a_bare_repository_is_discovered_and_landed_on(plant: Plant) -> None:
    bare = clone(plant, "bare.git", "--bare")
    with untouched(plant), untouched(plant, folder=bare):
        looked = plant.windlass("discover", "--repo", str(bare), "--json")
        assert looked.returncode == 0, looked.stderr
        assert json.loads(looked.stdout)["opened"] == 1
        done = run(plant, "--land", repo=bare)
    assert done.returncode == 0, done.stderr
    assert landed(plant, folder=bare) == ["1"]
    sound(plant)


@needs_sandbox
def test_with_a_detached_head_work_lands_on_the_branch(plant: Plant) -> None:
    plant.git("checkout", "-q", "--detach")
    head = plant.git("rev-parse", "HEAD")
    with untouched(plant):
        done = run(plant, "--land")
    assert done.returncode == 0, done.stderr
    assert (plant.git("rev-parse", "HEAD"), landed(plant)) == (head, ["1"])
    sound(plant)


@needs_sandbox
def test_on_a_shallow_clone_work_lands_on_top(plant: Plant) -> None:
    shallow = clone(plant, "shallow", "--depth", "1")
    tip = plant.git("rev-parse", "main")
    with untouched(plant, folder=shallow):
        done = run(plant, "--land", repo=shallow)
    assert done.returncode == 0, done.stderr
    assert landed(plant, folder=shallow) == ["1"]
    show = ["git", "rev-parse", "main^"]
    assert subprocess.run(show, cwd=shallow, capture_output=True, text=True).stdout.strip() == tip
    assert (shallow / ".git" / "shallow").read_text().split() == [tip]
    sound(plant)


@needs_sandbox
def test_submodules_and_lfs_pointers_stay_what_they_are(plant: Plant) -> None:
    """Doctor names both; a submodule is not entered, a pointer stays a pointer, and the fix lands."""
    inner = clone(plant, "inner")
    allow = ["-c", "protocol.file.allow=always"]
    plant.git(*allow, "submodule", "add", "-q", str(inner), "lib")
    (plant.repo / "big.bin").write_text(POINTER)
    commit(plant)
    (plant.repo / ".gitattributes").write_text("*.bin filter=lfs diff=lfs merge=lfs -text\n")
    plant.git("add", ".gitattributes")
    plant.git(*WHO, "commit", "-qm", "Track with LFS")
    seen = plant.windlass("doctor", "--repo", str(plant.repo)).stdout
    assert "submodules" in seen
    assert "lfs" in seen
    done = run(plant, "--land")
    assert done.returncode == 0, done.stderr
    assert landed(plant) == ["1"]
    assert plant.git("show", "main:big.bin") == POINTER.strip()
    assert plant.git("rev-parse", "main:lib") == plant.git("rev-parse", "main~1:lib")
    sound(plant)


@needs_sandbox
def test_a_lock_on_the_users_index_and_a_hostile_configuration_do_not_matter(plant: Plant) -> None:
    """Every hook and program the configuration names would leave a mark; the index lock stays in place."""
    mark = plant.folder / "mark"
    trap = plant.folder / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {mark}\n")
    trap.chmod(0o755)
    for hook in ("reference-transaction", "post-update", "post-checkout", "pre-commit", "update"):
        os.symlink(trap, plant.repo / ".git" / "hooks" / hook)
    with (plant.repo / ".git" / "config").open("a") as config:
        config.write(
            f"[core]\n fsmonitor = {trap}\n pager = {trap}\n sshCommand = {trap}\n editor = {trap}\n"
            f"[diff]\n external = {trap}\n[gpg]\n program = {trap}\n[commit]\n gpgSign = true\n"
            f"[filter \"x\"]\n clean = {trap}\n smudge = {trap}\n required = true\n"
            f"[merge \"x\"]\n driver = {trap}\n[uploadpack]\n packObjectsHook = {trap}\n"
            f"[alias]\n rev-parse = !{trap}\n[include]\n path = /nowhere\n"
        )  # fmt: skip
    (plant.repo / ".git" / "info" / "attributes").write_text("* filter=x merge=x diff=x\n")
    (plant.repo / ".git" / "index.lock").write_text("someone's")
    with untouched(plant):
        done = run(plant, "--land")
        assert not mark.exists()
    assert done.returncode == 0, done.stderr
    assert (plant.repo / ".git" / "index.lock").read_text() == "someone's"
    assert landed(plant) == ["1"]
    sound(plant)
