"""The gate end to end: real mirror, real environment, real sandbox."""

from collections.abc import Callable

from windlass.dispatch import Site
from windlass.verify import Outcome, judge_tree, plan_checks

Tree = Callable[..., str]
BROKEN = {"src/demo/__init__.py": b"def add(a, b):\n    return a - b\n"}


def test_a_harmless_change_passes_with_tests_lint_and_syntax(site: Site, tree: Tree) -> None:
    changed = tree({"src/demo/__init__.py": b"def add(a, b):\n    return b + a\n"})
    judgement = judge_tree(site, changed, tree(), ())
    assert judgement.outcome is Outcome.PASSED, judgement
    assert {reading.check.partition(":")[0] for reading in judgement.readings} == {
        "pytest",
        "ruff_lint",
        "syntax",
    }
    whole = [reading for reading in judgement.readings if reading.check == "pytest"]
    assert whole[0].cases == {"tests/test_add.py::test_add": "passed"}


def test_a_new_failure_blocks_and_names_the_test(site: Site, tree: Tree) -> None:
    judgement = judge_tree(site, tree(BROKEN), tree(), ())
    assert judgement.outcome is Outcome.FAILED
    assert any("tests/test_add.py::test_add" in reason for reason in judgement.reasons)


def test_a_failure_of_the_base_is_known_and_not_blamed(site: Site, tree: Tree) -> None:
    change = {**BROKEN, "README": b"better words\n"}
    judgement = judge_tree(site, tree(change), tree(BROKEN), ())
    assert judgement.outcome is Outcome.PASSED, judgement
    assert any("tests/test_add.py::test_add" in line for line in judgement.known)


def test_new_lint_and_broken_syntax_block(site: Site, tree: Tree) -> None:
    lint = judge_tree(site, tree({"src/demo/more.py": b"import os\n"}), tree(), ())
    assert any("src/demo/more.py F401 0 -> 1" in reason for reason in lint.reasons)
    syntax = judge_tree(site, tree({"src/demo/more.py": b"def broken(:\n"}), tree(), ())
    assert any("src/demo/more.py syntax" in reason for reason in syntax.reasons)


def test_the_same_tree_is_never_run_twice(site: Site, tree: Tree) -> None:
    change = tree({"README": b"words\n"})
    judge_tree(site, change, tree(), ())
    before = site.database.read(lambda tx: tx.rows("SELECT * FROM wl_evidence ORDER BY tree_oid, check_id"))
    again = judge_tree(site, change, tree(), ())
    after = site.database.read(lambda tx: tx.rows("SELECT * FROM wl_evidence ORDER BY tree_oid, check_id"))
    assert again.outcome is Outcome.PASSED
    assert [row["at"] for row in before] == [row["at"] for row in after]


def test_nothing_is_left_in_the_folder_of_checkouts(site: Site, tree: Tree) -> None:
    judge_tree(site, tree({"README": b"words\n"}), tree(), ())
    assert not list(site.folders.checkouts.glob("verify-*"))


def test_the_plan_says_why_a_check_does_not_run(site: Site, tree: Tree) -> None:
    bare = site.mirror.write_tree({"README": b"no code\n"})
    assert all(line.absent for line in plan_checks(site, bare))
    assert {line.role for line in plan_checks(site, tree()) if not line.absent} >= {"tests", "lint", "syntax"}


def test_a_tree_that_nothing_can_judge_is_unknown(site: Site) -> None:
    bare, base = site.mirror.write_tree({"README": b"b\n"}), site.mirror.write_tree({"README": b"a\n"})
    judgement = judge_tree(site, bare, base, ())
    assert judgement.outcome is Outcome.UNKNOWN
    assert judgement.reasons
