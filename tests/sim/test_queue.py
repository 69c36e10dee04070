"""The merge queue over random histories: what must never happen does not, with the very rules that land.

`python benchmarks/landing.py --invariants 1000` is the same over a hundred thousand landings.
"""

import importlib
import random
import subprocess
from pathlib import Path

import pytest

from windlass.land.publication import Publication
from windlass.land.queue import Branch, Built

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def landing(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("landing")


@pytest.fixture
def two(landing):
    """A branch and two changes that break each other."""
    world = landing.world
    return world.World([world.Change(False, 0.1, {1}), world.Change(False, 0.1, {0})], 0.0, random.Random(1))


def test_no_random_history_lands_a_wrong_tree_or_a_red_one_or_anything_twice(landing, capsys):
    assert landing.invariants(20, seed=0), capsys.readouterr().out
    told = capsys.readouterr().out
    assert "broken merges caught 0" not in told
    assert "main had moved 0 times" not in told


@pytest.mark.nightly
def test_no_history_of_two_hundred_more_does(landing, capsys):
    assert landing.invariants(200, seed=1000), capsys.readouterr().out


def test_the_simulation_sees_a_red_branch_a_double_landing_and_a_good_change_thrown_out(landing, two):
    tree = landing.world.tree
    assert two.land(Built(two.branch, (0, 1), True), tree(two.branch, (0, 1))) is Publication.DONE
    two.enter((1,))
    assert ["red" in fault or "twice" in fault for fault in two.faults] == [True, True]
    two.landed.clear()
    two.eject(0)
    assert two.ejected_good == 1


def test_a_wrong_tree_and_a_moved_branch_do_not_land(landing, two):
    built = Built(two.branch, (0,), True)
    assert two.land(built, landing.world.tree(two.branch, ())) is Publication.BARRED
    two.branch = Branch("pushed", 1)
    assert two.land(built, landing.world.tree(built.base, (0,))) is Publication.MOVED
    assert not two.landed
    assert not two.faults


def test_windlass_lands_more_than_every_peer_on_the_same_changes(landing):
    made = (landing.world.make(120, 0.05, random.Random(at), flake=0.01) for at in range(2))
    _, chain, peer = landing.row("", landing.compare(made, 4))
    assert chain > 1.4
    assert peer > 0.95


def test_a_replay_takes_reverts_and_repairs_for_bad_and_learns_from_them(landing, tmp_path, git):
    for number, (subject, name) in enumerate([("Add", "a.py"), ("Other", "b.py"), ("Fix it", "a.py")]):
        (tmp_path / name).write_text(f"{number}\n")
        git("add", ".")
        git("commit", "-q", "-m", subject)
    git("revert", "--no-edit", "HEAD~1")
    one, told = landing.replayed(tmp_path, 10)
    assert [change.bad for change in one.changes] == [True, True, False, False]
    assert told[0][0] == pytest.approx(0.05)


@pytest.fixture
def git(tmp_path):
    def call(*args):
        who = ["-c", "user.name=U", "-c", "user.email=u@example.org"]
        subprocess.run(["git", "-C", str(tmp_path), *who, *args], check=True, capture_output=True)

    call("init", "-q")
    return call
