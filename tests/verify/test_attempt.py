"""The ability to try faults."""

from windlass.dispatch import Site
from windlass.verify.attempt import Attempting
from windlass.verify.readings import opened


def test_pytest_can_try_faults_and_a_linter_cannot(site: Site) -> None:
    assert isinstance(opened(site, "pytest", "pytest", {}, 1).check, Attempting)
    assert not isinstance(opened(site, "ruff_lint", "ruff_lint", {}, 1).check, Attempting)
