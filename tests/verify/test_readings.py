"""One reading: reused, tried again, or told apart by what it depends on."""

from collections.abc import Callable
from dataclasses import replace

from windlass.dispatch import Site
from windlass.kernel import Unavailable
from windlass.verify.check import Role, Scene
from windlass.verify.lab import labs
from windlass.verify.model import OUTSIDE, Outcome, Reading
from windlass.verify.readings import Planned, fingerprint, measure, opened
from windlass.verify.settings import Settings


class Counted:
    """A small real check that gives the outcomes it is told to, one after another, and counts."""

    def __init__(self, *outcomes: Outcome | Exception) -> None:
        self.outcomes = list(outcomes)
        self.runs = 0

    @property
    def role(self) -> Role:
        return "lint"

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        self.runs += 1
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return Reading("counted", outcome)


def test_an_outcome_is_reused_and_unknown_is_tried_again(site: Site, tree: Callable[..., str]) -> None:
    check = Counted(Outcome.UNKNOWN, Outcome.PASSED, Outcome.FAILED)
    planned = Planned("counted", "counted", {}, 0, check)
    with labs(site, Settings(), (tree(),)) as (lab,):
        seen = [measure(lab, planned, wall_s=5).outcome for _ in range(4)]
        assert seen == [Outcome.UNKNOWN, Outcome.PASSED, Outcome.PASSED, Outcome.PASSED]
        assert measure(lab, planned, wall_s=5, rerun=True).outcome is Outcome.FAILED
    assert check.runs == 3


def test_a_check_that_breaks_is_unknown(site: Site, tree: Callable[..., str]) -> None:
    check = Counted(ValueError("odd"), Unavailable("no sandbox"))
    planned = Planned("counted", "counted", {}, 0, check)
    with labs(site, Settings(), (tree(),)) as (lab,):
        first, second = measure(lab, planned, wall_s=5), measure(lab, planned, wall_s=5)
    assert (first.outcome, first.metrics) == (Outcome.UNKNOWN, {})
    assert "odd" in first.detail
    assert second.metrics == {OUTSIDE: 1.0}


def test_settings_and_kind_change_the_fingerprint_and_the_selection_the_id(
    site: Site, tree: Callable[..., str]
) -> None:
    with labs(site, Settings(), (tree(),)) as (lab,):
        lint = opened(site, "lint", "ruff_lint", {}, 0)
        other = opened(site, "lint", "ruff_lint", {"select": ["E9"]}, 0)
        assert fingerprint(lab, lint) == fingerprint(lab, replace(lint, only=("a",)))
        assert fingerprint(lab, lint) != fingerprint(lab, other)
    assert lint.narrowed(["b", "a"]).id == lint.narrowed(["a", "b"]).id
    assert len({lint.id, lint.narrowed(["a"]).id, lint.narrowed(["a"], ":again1").id}) == 3
