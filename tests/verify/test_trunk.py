"""What fails on a tree of the main branch, and whether it does so in earnest."""

import pytest

from windlass.verify import records
from windlass.verify.evaluation import trunk
from windlass.verify.trunk import Call

GOOD = "def test_new():\n    assert 1\n"
BAD = "def test_new():\n    assert not 1\n\n\ndef test_also():\n    assert 1\n"
CASE = "tests/test_new.py::test_new"
TIERS = (1,)


def rows(site, *trees):
    return [site.database.read(lambda tx, tree=tree: records.evidence_of(tx, tree)) for tree in trees]


@pytest.mark.nightly
def test_a_failure_is_named_confirmed_and_not_run_again(site, tree):
    before, red = (tree({"tests/test_new.py": text.encode()}) for text in (GOOD, BAD))
    proof = trunk.prove(site, red, tiers=TIERS)
    assert (dict(proof.failing), proof.unknown) == ({CASE: "assert not 1"}, ())
    assert trunk.confirmed(site, red, before, {CASE}, tiers=TIERS) == {CASE: Call.BROKEN}
    assert trunk.failing(site, before, {CASE, "tests/gone.py::test_x"}, tiers=TIERS) == frozenset()
    kept = rows(site, red, before)
    assert trunk.prove(site, red, tiers=TIERS).failing == proof.failing
    assert trunk.confirmed(site, red, before, {CASE}, tiers=TIERS) == {CASE: Call.BROKEN}
    assert rows(site, red, before) == kept


def test_a_command_counts_when_it_fails_every_time_and_passes_every_time_before(make_site):
    site = make_site(fast=["true"], pr=["sh a.sh"], nightly=["sh b.sh"])
    good = site.mirror.write_tree({"a.sh": b"exit 0\n", "b.sh": b"exit 0\n"})
    red = site.mirror.write_tree({"a.sh": b"exit 0\n", "b.sh": b"exit 1\n"})
    tiers, name = (0, 1, 2), "command:sh b.sh"
    assert trunk.prove(site, good, tiers=tiers).failing == {}
    proof = trunk.prove(site, red, tiers=tiers)
    assert list(proof.failing) == [name]
    assert trunk.failing(site, red, {name}, tiers=tiers) == {name}
    assert trunk.confirmed(site, red, good, {name}, tiers=tiers) == {name: Call.BROKEN}
    assert trunk.confirmed(site, red, red, {name}, tiers=tiers) == {name: Call.BEFORE}
    assert trunk.confirmed(site, good, red, {name}, tiers=tiers) == {name: Call.FLAKY}
    assert trunk.confirmed(site, red, good, {"gone.py::test_x"}, tiers=tiers) == {
        "gone.py::test_x": Call.UNTOLD
    }


def test_a_tree_on_which_nothing_can_be_run_is_unknown(make_site):
    site = make_site(pr=["no-such-program"], fast=["no-such-program"])
    proof = trunk.prove(site, site.mirror.write_tree({"a": b""}), tiers=TIERS)
    assert (dict(proof.failing), len(proof.unknown)) == ({}, 1)


@pytest.mark.nightly
def test_a_file_that_cannot_be_collected_and_a_test_that_comes_with_a_commit_are_held_against_it(site, tree):
    before = tree({"tests/test_new.py": GOOD.encode()})
    new = "tests/test_new.py::test_more"
    more = tree({"tests/test_new.py": f"{GOOD}\n\ndef test_more():\n    assert not 1\n".encode()})
    assert trunk.failing(site, before, {CASE, new}, tiers=TIERS) == frozenset()
    assert trunk.confirmed(site, more, before, {new}, tiers=TIERS) == {new: Call.BROKEN}
    broken = tree({"tests/test_new.py": b"import no_such_module\n"})
    assert list(trunk.prove(site, broken, tiers=TIERS).failing) == ["tests/test_new.py"]
    names = {"tests/test_new.py"}
    assert trunk.confirmed(site, broken, before, names, tiers=TIERS) == dict.fromkeys(names, Call.BROKEN)
    # What was not to be seen before it is nobody's.
    assert trunk.confirmed(site, more, broken, {new}, tiers=TIERS) == {new: Call.BEFORE}


@pytest.mark.nightly
def test_what_fails_only_after_another_test_is_found_by_whole_runs(site, tree):
    lasts = b"import builtins\n\n\ndef test_lasts():\n    assert not hasattr(builtins, 'dirty')\n"
    before = tree({"tests/test_lasts.py": lasts})
    dirty = b"import builtins\n\n\ndef test_first():\n    builtins.dirty = 1\n"
    red = tree({"tests/test_lasts.py": lasts, "tests/test_first.py": dirty})
    name = "tests/test_lasts.py::test_lasts"
    assert list(trunk.prove(site, red, tiers=TIERS).failing) == [name]
    assert trunk.failing(site, red, {name}, tiers=TIERS) == frozenset()
    assert trunk.failing(site, red, {name}, tiers=TIERS, among={name}) == {name}
    assert trunk.failing(site, before, {name}, tiers=TIERS, among={name}) == frozenset()
    assert trunk.confirmed(site, red, before, {name}, tiers=TIERS) == {name: Call.AMONG}


FLIPS = """import os, unittest


class Test(unittest.TestCase):
    def test_x(self):
        self.assertTrue(os.urandom(1)[0] % 2)
"""


def test_what_fails_and_passes_in_whole_runs_of_one_tree_has_flipped(make_site):
    site, name = make_site(fast=["true"]), "test_flips.py::Test::test_x"
    trees = (site.mirror.write_tree({"test_flips.py": f"# {n}\n{FLIPS}".encode()}) for n in range(16))
    # Two runs of each: no flip on any is a chance of one in 60,000.
    found = (trunk.prove(site, tree, tiers=(1, 2)) for tree in trees)
    flipped = next(one for one in found if one.flipped)
    assert (flipped.flipped, list(flipped.failing)) == ({name}, [name])


@pytest.mark.nightly
def test_a_test_that_the_run_of_all_leaves_out_is_asked_by_the_run_that_has_it(site, tree):
    options = b'[tool.pytest.ini_options]\naddopts = "-m \'not late\'"\nmarkers = ["late"]\n'
    marked = "import pytest\n\n\n@pytest.mark.late\ndef test_late():\n    assert {}\n"
    name, project = "tests/test_late.py::test_late", tree.__globals__["PROJECT"]["pyproject.toml"] + options
    before, red = (
        tree({"pyproject.toml": project, "tests/test_late.py": marked.format(good).encode()})
        for good in (1, "not 1")
    )
    tiers = (1, 2)
    proof = trunk.prove(site, red, tiers=tiers)
    assert (list(proof.failing), dict(proof.by)) == ([name], {name: "deselected-tests"})
    asked = {"tiers": tiers, "by": proof.by}
    assert trunk.failing(site, red, {name}, **asked) == {name}
    assert trunk.failing(site, before, {name}, **asked) == frozenset()
    assert trunk.confirmed(site, red, before, {name}, **asked) == {name: Call.BROKEN}
    # The run of all tests does not have it, so it tells nothing of it.
    assert trunk.confirmed(site, red, before, {name}, tiers=tiers) == {name: Call.UNTOLD}
