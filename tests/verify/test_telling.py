"""What runs show is counted in the transaction that keeps their evidence."""

from collections.abc import Callable

from windlass import flakes
from windlass.dispatch import Site
from windlass.verify import Outcome, Reading, judge_tree
from windlass.verify.lab import labs
from windlass.verify.model import Evidence
from windlass.verify.planning import fitting
from windlass.verify.settings import Settings
from windlass.verify.telling import standing, teller

Tree = Callable[..., str]


def test_a_judged_suite_is_counted_and_nothing_is_known_of_its_tests(site: Site, tree: Tree) -> None:
    assert site.database.read(lambda tx: flakes.count(tx, site.repository.id)) is None
    judgement = judge_tree(site, tree({"README": b"words\n"}), tree(), ())
    assert judgement.quarantined == ()
    assert site.database.read(lambda tx: flakes.count(tx, site.repository.id)) == 0
    assert not standing(site, ["tests/test_add.py::test_add"]).quarantined


def test_a_run_without_an_outcome_and_a_run_of_no_tests_tell_nothing(site: Site, tree: Tree) -> None:
    with labs(site, Settings(), (tree(),)) as (lab,):
        for role, outcome in (("tests", Outcome.UNKNOWN), ("lint", Outcome.FAILED)):
            check = fitting(lab, role)
            assert check is not None
            found = Evidence(
                "t", check.id, "env", Reading(check.id, outcome, cases={"a": "failed"}), "none", 1
            )
            tell = teller(lab, check)
            site.database.write(lambda tx, tell=tell, found=found: tell(tx, found))
    assert not site.database.read(lambda tx: flakes.watches(tx, site.repository.id))
