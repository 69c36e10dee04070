"""One reading: reused, tried again, or told apart by what it depends on."""

import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from windlass.dispatch import Site
from windlass.kernel import Unavailable
from windlass.verify.check import Role, Scene
from windlass.verify.lab import labs
from windlass.verify.model import ALLOWED_S, OUTSIDE, TIMED_OUT, Outcome, Reading
from windlass.verify.readings import Deadline, Planned, fingerprint, measure, opened
from windlass.verify.settings import Settings


class Counted:
    """A small real check that gives the outcomes it is told to, one after another, and counts."""

    def __init__(
        self, *outcomes: Outcome | Exception, metrics: Mapping[str, float] = {}, pause_s: float = 0.0
    ) -> None:
        self.outcomes = list(outcomes)
        self.metrics = metrics
        self.pause_s = pause_s
        self.runs = 0

    @property
    def role(self) -> Role:
        return "lint"

    def absent(self, scene: Scene) -> str:
        return ""

    def read(self, scene: Scene) -> Reading:
        self.runs += 1
        time.sleep(self.pause_s)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return Reading("counted", outcome, metrics=self.metrics)


def test_an_outcome_is_reused_and_unknown_is_tried_again(site: Site, tree: Callable[..., str]) -> None:
    check = Counted(Outcome.UNKNOWN, Outcome.PASSED, Outcome.FAILED)
    planned = Planned("counted", "counted", {}, 0, check)
    with labs(site, Settings(), (tree(),)) as (lab,):
        seen = [measure(lab, planned, wall_s=5).outcome for _ in range(4)]
        assert seen == [Outcome.UNKNOWN, Outcome.PASSED, Outcome.PASSED, Outcome.PASSED]
        assert measure(lab, planned, wall_s=5, rerun=True).outcome is Outcome.FAILED
    assert check.runs == 3


def test_an_unknown_is_never_known_for_lack_of_time(site: Site, tree: Callable[..., str]) -> None:
    planned = Planned("counted", "counted", {}, 0, Counted(Outcome.UNKNOWN))
    with labs(site, Settings(), (tree(),)) as (lab,):
        assert measure(lab, planned, wall_s=5).metrics == {}
        asked = measure(lab, planned, wall_s=0.0)
    assert asked.metrics == {TIMED_OUT: 1.0}, "it is to be measured once there is time"


def test_a_check_that_breaks_is_unknown(site: Site, tree: Callable[..., str]) -> None:
    check = Counted(ValueError("odd"), Unavailable("no sandbox"))
    planned = Planned("counted", "counted", {}, 0, check)
    with labs(site, Settings(), (tree(),)) as (lab,):
        first, second = measure(lab, planned, wall_s=5), measure(lab, planned, wall_s=5)
    assert (first.outcome, first.metrics) == (Outcome.UNKNOWN, {})
    assert "odd" in first.detail
    assert second.metrics == {OUTSIDE: 1.0}


def test_a_timeout_is_believed_until_there_is_more_time_or_a_day_has_passed(
    site: Site, tree: Callable[..., str]
) -> None:
    check = Counted(*[Outcome.UNKNOWN] * 4, metrics={TIMED_OUT: 1.0})
    planned = Planned("counted", "counted", {}, 0, check)
    now = 1_000.0
    with labs(replace(site, clock=lambda: now), Settings(), (tree(),)) as (lab,):
        assert measure(lab, planned, wall_s=100).metrics == {TIMED_OUT: 1.0, ALLOWED_S: 100.0}
        measure(lab, planned, wall_s=120)
        assert check.runs == 1
        measure(lab, planned, wall_s=130)
        assert check.runs == 2
        now += 24 * 3600
        measure(lab, planned, wall_s=130)
        assert check.runs == 3


def test_without_time_nothing_is_started_and_nothing_is_kept(site: Site, tree: Callable[..., str]) -> None:
    check = Counted(Outcome.PASSED)
    planned = Planned("counted", "counted", {}, 0, check)
    with labs(site, Settings(), (tree(),)) as (lab,):
        late = measure(lab, planned, wall_s=0.5)
        assert (late.outcome, late.metrics, check.runs) == (Outcome.UNKNOWN, {TIMED_OUT: 1.0}, 0)
        assert measure(lab, planned, wall_s=5).outcome is Outcome.PASSED
        assert measure(lab, planned, wall_s=0).outcome is Outcome.PASSED


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


def test_two_who_want_the_same_measure_it_once_and_the_second_is_told_how_long_it_waited(
    site: Site, tree: Callable[..., str]
) -> None:
    check = Counted(Outcome.PASSED, pause_s=1.0)
    planned = Planned("counted", "counted", {}, 0, check)
    waits: list[float] = []
    deadline = Deadline(time.monotonic() + 10.0)
    with labs(site, Settings(), (tree(),)) as (lab,), ThreadPoolExecutor(2) as pool:
        _ = lab.environment, lab.checkout
        both = [pool.submit(measure, lab, planned, wall_s=5, waited=waits.append) for _ in range(2)]
        assert [one.result().outcome for one in both] == [Outcome.PASSED] * 2
    assert check.runs == 1
    assert min(waits) < 0.5 <= max(waits)
    deadline.extend(max(waits))
    assert deadline.left() > 9.0
