from dataclasses import replace

import pytest

from windlass.verify.evaluation.figures import figures, share
from windlass.verify.evaluation.model import Axis, Figure, Raw

SAME = {"wall_s": 1.0, "cpu_s": 0.5, "peak_mb": 30.0}
SLOW = {"wall_s": 3.0, "cpu_s": 1.5, "peak_mb": 30.0}
RAW = Raw(
    10, 1, 1, costs=[(SAME, SAME)] * 3, ruff=({}, {}), reached=(4, 4), packages=({"a": "1"}, {"a": "1"}),
    accepted=(2, 2), mended=(1, 1), resolved=(0, 0),
)  # fmt: skip


def one(name: str, raw: Raw) -> Figure:
    return next(figure for figure in figures(raw) if figure.name == name)


def test_what_is_as_before_has_half_a_score_and_noise_is_no_difference() -> None:
    assert share(2.0, 2.0) == share(2.0, 2.1) == share(2.0, 1.9) == 0.5
    assert share(1.0, 3.0) == 0.25
    assert share(3.0, 1.0) == 0.75


def test_costs_are_told_against_the_base_with_every_run() -> None:
    slow = one("wall time", replace(RAW, costs=[(SAME, SLOW)] * 3))
    assert (slow.score, slow.value, slow.base, slow.runs) == (0.25, 3.0, 1.0, (3.0, 3.0, 3.0))


def test_runs_that_overlap_are_no_difference() -> None:
    mixed = [(SAME, SLOW), ({**SAME, "wall_s": 4.0}, SLOW), (SAME, SLOW)]
    assert one("wall time", replace(RAW, costs=mixed)).score == 0.5


def test_only_what_is_new_counts_against_a_change() -> None:
    base = {"a.py|S602": 2, "a.py|E711": 1, "a.py|complexity": 3, "a.py|undocumented": 1}
    now = {"a.py|S602": 3, "a.py|SIM102": 1, "a.py|complexity": 9, "a.py|undocumented": 1}
    raw = replace(RAW, ruff=(base, now))
    assert one("vulnerabilities", raw).value == 1
    assert one("lint", raw).value == 1
    assert one("docstrings", raw).value == 0
    assert one("complexity", raw).score == pytest.approx(4 / 14)


def test_a_new_dependency_is_counted() -> None:
    raw = replace(RAW, packages=({"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "1"}))
    assert (one("dependencies", raw).value, one("dependencies", raw).score) == (2, 1 / 3)


def test_what_was_not_measured_is_unknown_and_says_why() -> None:
    why = {"costs": "no tests", "ruff": "no ruff", "reached": "no pytest", "packages": "no index",
           "acceptance": "no shell"}  # fmt: skip
    unknown = [figure for figure in figures(Raw(1, 1, 1, why=why)) if figure.score is None]
    assert {figure.name: figure.why for figure in unknown} == {
        "wall time": "no tests", "processor time": "no tests", "memory": "no tests",
        "complexity": "no ruff", "lint": "no ruff", "docstrings": "no ruff", "coverage": "no pytest",
        "vulnerabilities": "no ruff", "dependencies": "no index", "acceptance": "no shell",
    }  # fmt: skip


def test_what_does_not_apply_is_no_figure() -> None:
    names = {figure.name for figure in figures(replace(RAW, accepted=(0, 0), reached=(0, 0), mended=None))}
    assert not names & {"acceptance", "coverage", "mended tests", "findings"}
    assert {figure.axis for figure in figures(RAW)} == set(Axis)


def test_a_smaller_change_and_one_inside_its_task_is_better() -> None:
    assert one("size", RAW).score > one("size", replace(RAW, lines=300)).score  # type: ignore[operator]  # both known
    assert one("scope", replace(RAW, files=4, named=1)).score == 0.25
