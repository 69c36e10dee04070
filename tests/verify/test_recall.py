"""What chosen tests are worth, with real faults in a real run."""

from collections.abc import Callable

import pytest

from windlass.dispatch import Site
from windlass.kernel import NotFound, Unavailable
from windlass.verify.lab import labs
from windlass.verify.mapping import switched_off
from windlass.verify.model import DETAIL_MAX
from windlass.verify.planning import fitting
from windlass.verify.readings import fingerprint
from windlass.verify.recall import FAULTS_MIN, Recall, _known, recall
from windlass.verify.recall import _keep as keep_recall
from windlass.verify.settings import parse_settings

Tree = Callable[..., str]


def test_the_faults_of_a_small_project_are_found_by_the_tests_that_run_them(site: Site, tree: Tree) -> None:
    found = recall(site, tree(), mutants=2, seed=1)
    assert (found.check, found.mutants, found.faults, found.missed) == ("pytest", 1, 1, ())
    assert found.recall == found.share == 1.0


def test_without_tests_or_without_a_map_there_is_nothing_to_measure(site: Site, tree: Tree) -> None:
    with pytest.raises(NotFound, match="no check here runs tests"):
        recall(site, tree({"tests/test_add.py": None}), mutants=1, seed=1)
    plain = b"import unittest\n\n\nclass A(unittest.TestCase):\n    def test(self):\n        self.fail()\n"
    with pytest.raises(Unavailable, match="no map of tests"):
        recall(
            site, tree({"conftest.py": b"raise SystemExit\n", "tests/test_add.py": plain}), mutants=1, seed=1
        )


@pytest.mark.parametrize(
    ("faults", "missed", "off"), [(FAULTS_MIN, 0, False), (FAULTS_MIN, 1, True), (FAULTS_MIN - 1, 1, False)]
)
def test_enough_faults_of_which_some_were_missed_switch_the_choice_off(
    site: Site, tree: Tree, faults: int, missed: int, off: bool
) -> None:
    with labs(site, parse_settings({}), (tree(),)) as (lab,):
        check = fitting(lab, "tests")
        assert check is not None
        keep_recall(lab, check, Recall("pytest", faults, faults, 0.1, ("a.py:1 1 -> 2",) * missed))
        assert bool(switched_off(lab, "pytest", fingerprint(lab, check))) is off


@pytest.mark.parametrize("missed", [("a.py:1 1 -> 2",), ("a.py:1 1 -> 2",) * 3, ("x" * 5_000,) * 3])
def test_what_was_kept_is_told_again_unless_it_was_cut(
    site: Site, tree: Tree, missed: tuple[str, ...]
) -> None:
    with labs(site, parse_settings({}), (made := tree(),)) as (lab,):
        check = fitting(lab, "tests")
        assert check is not None
        kept = Recall("pytest", 60, 40, 0.1, missed)
        keep_recall(lab, check, kept)
        whole = len("\n".join(missed)) < DETAIL_MAX
        assert _known(lab, check) == (kept if whole else None)
    if whole:
        assert recall(site, made, mutants=1, seed=1, anew=False) == kept


def test_without_faults_the_recall_is_unknown() -> None:
    assert Recall("pytest", 3, 0, 0.0).recall is None
