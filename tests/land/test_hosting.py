"""Landings on a branch that another host holds: a real bare repository, pushed to by a real git."""

import contextlib
import subprocess
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from windlass import policy
from windlass.dispatch import TaskStatus
from windlass.forge import FORGES
from windlass.kernel import Tools
from windlass.land import LandingState, Mode, controller
from windlass.land.model import Cause
from windlass.store import Started

LAND = Mode.LAND
FIX = {"a.txt": b"ONE\ntwo\nthree\n"}
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""The rows are those of every landing; what is looked at here is the other host."""


class Host:
    """The bare repository, and a second person who works on it."""

    def __init__(self, plant, path: Path) -> None:
        self.plant, self.path = plant, path
        plant.git("clone", "-q", "--bare", str(plant.user), str(path))
        self.lands()

    def lands(self, url: str = "", **options) -> None:
        forge = FORGES.open("git", {"url": url or str(self.path), **options}, Tools(None, None, None))
        checkout = replace(self.plant.site.checkout, trunk=f"{forge.trunk}heads/main")
        self.plant.site = replace(self.plant.site, forge=forge, checkout=checkout)

    def git(self, *args: str) -> str:
        return self.plant.git("-C", str(self.path), *args)

    @property
    def main(self) -> str:
        return self.git("rev-parse", "main")

    def moves(self, text: bytes = b"somebody's\n") -> str:
        """Somebody pushes a commit upon main."""
        path = self.path.with_name("somebody")
        if not path.exists():
            self.plant.git("clone", "-q", str(self.path), str(path))
        somebody = partial(self.plant.git, "-C", str(path))
        somebody("pull", "-q", "--ff-only")
        (path / "other.txt").write_bytes(text)
        somebody("add", "-A")
        somebody("commit", "-qm", "somebody's")
        somebody("push", "-q")
        return self.main

    def hook(self, name: str, body: str) -> None:
        path = self.path / "hooks" / name
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)


@pytest.fixture
def host(plant, tmp_path) -> Host:
    return Host(plant, tmp_path / "host.git")


def landing_of(plant, files=FIX, mode=LAND) -> tuple[int, int]:
    task, fence = plant.submitted(files)
    return task, plant.queue(task, fence, mode)


def test_what_is_tested_lands_there_and_the_users_branch_follows(plant, host):
    task, number = landing_of(plant)
    done = plant.run(number)
    assert done.state is LandingState.LANDED
    assert host.main == done.commit == plant.git("rev-parse", "main")
    assert host.git("rev-parse", "main^{tree}") == plant.gate.judged[-1]
    assert plant.task(task).status is TaskStatus.COMPLETED
    assert "read-tree -m -u" in done.advice


def test_it_is_built_upon_what_somebody_pushed(plant, host):
    _task, number = landing_of(plant)
    theirs = host.moves()
    done = plant.run(number)
    assert (done.state, done.base) == (LandingState.LANDED, theirs)
    assert host.git("show", "main:other.txt") == "somebody's"
    assert plant.git("rev-parse", "main") == done.commit


def test_a_main_that_moves_while_it_is_tested_is_built_upon_again(plant, host):
    _, number = landing_of(plant)
    moved, points = [], ["judged", "publish"]

    def somebody(point):
        if points and point == points[0]:
            points.pop(0)
            moved.append(host.moves(f"{point}\n".encode()))

    done = plant.run(number, mark=somebody)
    assert (done.state, done.base, done.tries, points) == (LandingState.LANDED, moved[-1], 3, [])
    assert host.git("rev-parse", "main^{tree}") == plant.gate.judged[-1]


@pytest.mark.parametrize("point", ["candidate", "publish"])
@pytest.mark.parametrize("words", ["rewritten", "deleted"])
def test_a_main_that_is_rewritten_or_deleted_there_is_for_a_person(plant, host, point, words):
    _, number = landing_of(plant)

    def spoil(name):
        if name == point and words == "deleted":
            host.git("update-ref", "-d", "refs/heads/main")
        elif name == point:
            orphan = host.git("commit-tree", "-m", "new", host.git("rev-parse", "main^{tree}"))
            host.git("update-ref", "refs/heads/main", orphan)

    done = plant.run(number, mark=spoil)
    assert (done.state, done.cause) == (LandingState.BLOCKED, Cause.MAIN)
    assert words in done.reason.replace("gone", "deleted")
    assert plant.git("rev-list", "--count", "main") == "1"


def test_the_users_own_commits_are_never_rewritten(plant, host):
    _task, number = landing_of(plant)
    plant.git("commit", "-q", "--allow-empty", "-m", "mine")
    mine = plant.git("rev-parse", "main")
    done = plant.run(number)
    assert (done.state, host.main) == (LandingState.LANDED, done.commit)
    assert plant.git("rev-parse", "main") == mine
    assert "commits of its own" in done.advice


def test_work_starts_from_the_branch_that_counts(plant, host):
    theirs = host.moves()
    plant.git("commit", "-q", "--allow-empty", "-m", "mine")
    assert plant.site.forge.bring(plant.site.mirror, "refs/heads/main") == theirs
    assert plant.site.mirror.sync(plant.site.checkout) == theirs


@pytest.mark.parametrize(
    ("hook", "words"),
    [
        (
            "echo 'main is \033[31mprotected\033[0m' >&2; exit 1",
            "pre-receive hook declined: main is protected",
        ),
        ("yes 'it is full' | head -c 3000000 >&2; exit 1", "pre-receive hook declined: it is full"),
    ],
)
def test_a_refusal_lands_nothing_keeps_the_work_and_asks(plant, host, hook, words):
    host.hook("pre-receive", hook)
    task, number = landing_of(plant)
    before = host.main
    held = plant.run(number)
    assert (held.state, held.cause) == (LandingState.BLOCKED, Cause.REFUSED)
    assert words in held.reason
    assert held.reason.isprintable()
    assert len(held.reason) < 2_000
    assert host.main == before == plant.git("rev-parse", "main")
    assert plant.task(task).status is TaskStatus.REVIEW_NEEDED
    assert plant.told(task, "landing.landed") == []
    host.hook("pre-receive", "exit 0")
    answer(plant, held, "land")
    assert plant.run(number).state is LandingState.LANDED
    assert host.main == plant.landing(number).commit


def answer(plant, held, choice: str) -> None:
    def record(tx) -> None:
        asked = policy.decision(tx, held.decision)
        policy.answer(tx, asked.id, choice, "ada", plant.clock())

    plant.database.write(record)


def test_a_refused_batch_goes_in_parts_and_only_whom_it_means_is_held(plant, host):
    host.hook(
        "pre-receive",
        "while read old new ref; do git ls-tree --name-only $new | grep -qx y && exit 1; done; exit 0",
    )
    ended = plant.settled(*plant.lined_up("w", "x", "y"))
    assert [one.state.value for one in ended] == ["landed", "landed", "blocked"]
    assert ended[2].cause is Cause.REFUSED
    assert host.git("ls-tree", "--name-only", "main").split() == ["a.txt", "b.txt", "sub", "w", "x"]


@pytest.mark.parametrize("point", ["build", "intend", "land", "publish", "published"])
def test_while_nobody_knows_where_main_is_nothing_lands_and_it_goes_on_by_itself(plant, host, point):
    task, number = landing_of(plant)
    away = host.path.with_name("away.git")

    def lost(name):
        if name == point and host.path.exists():
            host.path.rename(away)

    waiting = plant.run(number, mark=lost)
    assert waiting.state.moving
    assert "did not answer" in waiting.reason
    assert len(plant.told(task, "landing.waiting")) == 1
    assert plant.told(task, "landing.landed") == []
    assert plant.run(number).state is waiting.state
    away.rename(host.path)
    plant.clock.advance(61)
    start = Started()
    assert plant.database.write(
        lambda tx: controller.tick(tx, plant.site.repository.id, start, plant.clock())
    ) == [number]
    done = plant.run(number)
    assert (done.state, done.reason, host.main) == (LandingState.LANDED, "", done.commit)
    assert len(plant.told(task, "landing.waiting")) == 1


@pytest.mark.parametrize("point", ["publish", "published", "record"])
def test_who_breaks_around_the_push_lands_once(plant, host, point):
    task, number = landing_of(plant)

    def die(name):
        if name == point:
            raise RuntimeError

    with contextlib.suppress(RuntimeError):
        plant.run(number, mark=die)
    if point != "publish":
        host.moves()
    done = plant.run(number)
    assert done.state is LandingState.LANDED
    assert host.git("rev-list", "--count", done.commit) == "2"
    assert host.git("merge-base", "--is-ancestor", done.commit, "main") == ""
    assert len(plant.told(task, "landing.landed")) == 1


def test_a_proposal_goes_there_only_where_it_is_asked_for(plant, host):
    theirs = host.moves()
    task, number = landing_of(plant, mode=Mode.PROPOSE)
    done = plant.run(number)
    assert (done.state, done.base) == (LandingState.PROPOSED, theirs)
    assert plant.git("rev-parse", f"windlass/{task}") == done.commit
    assert f"windlass/{task}" not in host.git("branch", "--format=%(refname:short)")
    host.lands(proposals=True)
    task, number = landing_of(plant, {"p": b"p"}, mode=Mode.PROPOSE)
    done = plant.run(number)
    assert done.state is LandingState.PROPOSED
    assert (
        host.git("rev-parse", f"windlass/{task}") == done.commit == plant.git("rev-parse", f"windlass/{task}")
    )


@pytest.mark.nightly
def test_who_is_killed_before_during_and_after_the_push_lands_once(plant, host, tmp_path):
    """The host itself kills who pushes to it: the push goes through, and nobody has heard of it."""
    task, number = landing_of(plant)
    script = [
        sys.executable, str(Path(__file__).parent / "dying.py"), plant.database.url, str(tmp_path / "home"),
        str(plant.user), str(number),
    ]  # fmt: skip
    for point in ("judged", "intend", "publish"):
        died = subprocess.run([*script, point, "", str(host.path)], capture_output=True, text=True)
        assert (died.returncode, host.git("rev-list", "--count", "main")) == (9, "1"), died.stderr
    told = tmp_path / "pid"
    host.hook("pre-receive", f"until [ -s {told} ]; do sleep 0.05; done; kill -9 $(cat {told}); sleep 0.2")
    pusher = subprocess.Popen([*script, "-", "", str(host.path)])
    told.write_text(str(pusher.pid))
    assert pusher.wait(60) == -9
    until = time.monotonic() + 60
    while host.git("rev-list", "--count", "main") == "1" and time.monotonic() < until:
        time.sleep(0.05)
    assert plant.landing(number).state is LandingState.LANDING
    for point in ("published", "record"):
        died = subprocess.run([*script, point, "", str(host.path)], capture_output=True, text=True)
        assert died.returncode == 9, died.stderr
    done = plant.run(number)
    assert (done.state, host.main) == (LandingState.LANDED, done.commit)
    assert host.git("rev-list", "--count", "main") == "2"
    assert [len(plant.told(task, kind)) for kind in ("landing.landed", "task.completed")] == [1, 1]
    assert host.git("fsck", "--strict", "--no-dangling") == ""
