"""From the lines of a diff and of runs to patch coverage; and for real, with pytest and coverage."""

from collections.abc import Callable, Mapping

import pytest

from windlass.dispatch import Site
from windlass.verify import Judgement, Outcome, Reading, judge_tree
from windlass.verify.model import UNTOLD
from windlass.verify.patch import Bound, Patch
from windlass.verify.patched import is_code, patch_of

WHOLE, CHOSEN = "pytest", "pytest:0123456789ab"
CODE = {"a.py": frozenset({1, 2, 3, 4})}


def run(lines: Mapping[int, bool], check: str = WHOLE, path: str = "a.py", **metrics: float) -> Reading:
    return Reading(check, Outcome.PASSED, metrics=metrics, lines={path: lines} if lines else {})


def found(*readings: Reading, code: Mapping[str, frozenset[int]] = CODE) -> Patch:
    return patch_of(code, (), readings, Bound())


def test_only_added_lines_that_a_report_names_count() -> None:
    seen = found(run({1: True, 2: False, 9: False}))
    assert (seen.covered, seen.uncovered, seen.open) == (
        {"a.py": frozenset({1})}, {"a.py": frozenset({2})}, {},
    )  # fmt: skip


def test_a_line_counts_as_run_if_any_run_on_the_tree_ran_it() -> None:
    seen = found(run({1: True, 2: False}), run({2: True, 3: False}, CHOSEN))
    assert (seen.covered, seen.uncovered) == ({"a.py": frozenset({1, 2})}, {"a.py": frozenset({3})})


def test_of_chosen_tests_a_missing_line_is_open() -> None:
    seen = found(run({1: True, 2: False}, CHOSEN))
    assert (seen.covered, seen.uncovered, seen.open) == (
        {"a.py": frozenset({1})}, {}, {"a.py": frozenset({2})},
    )  # fmt: skip


def test_beside_a_run_whose_coverage_is_broken_a_missing_line_is_open() -> None:
    seen = found(run({1: True, 2: False}), run({}, "jest", **{UNTOLD: 1.0}))
    assert (seen.uncovered, seen.open) == ({}, {"a.py": frozenset({2})})


@pytest.mark.parametrize(
    ("readings", "why"),
    [
        ((), "no tests ran"),
        ((run({}, CHOSEN),), "only chosen tests ran"),
        ((run({}),), "nothing measured which lines"),
        ((run({}, **{UNTOLD: 1.0}),), "its report tells nothing of these files"),
    ],
)
def test_where_nothing_tells_it_is_unknown_with_the_reason(readings: tuple[Reading, ...], why: str) -> None:
    seen = found(*readings)
    assert why in seen.why
    assert (seen.percent, seen.short, seen.untold) == (None, "", ("a.py",))


def test_files_of_which_nothing_tells_are_named_beside_the_others() -> None:
    seen = found(run({1: True}), code={**CODE, "b.py": frozenset({1}), "c.py": frozenset()})
    assert (seen.percent, seen.untold) == (100.0, ("b.py",))


def test_a_change_without_code_has_nothing_to_tell() -> None:
    assert found(run({1: False}), code={}).told == ""


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("src/a.py", True), ("tests/test_a.py", False), ("src/a_test.py", False), ("conftest.py", False),
        ("lib/a.test.ts", False), ("a.ts", True), ("sum_test.go", False), ("sum.go", True),
        ("src/test/java/ATest.java", False), ("README.md", False), ("setup.cfg", False),
    ],
)  # fmt: skip
def test_tests_and_what_is_no_code_are_left_out(path: str, code: bool) -> None:
    assert is_code(path) is code


# --- for real

TABLE = b'[project]\nname = "demo"\nversion = "1"\n\n[tool.coverage.run]\nbranch = true\n'
BASE: dict[str, bytes | None] = {"pyproject.toml": TABLE}
GRADES = b'''def add(a, b):
    return a + b


def grade(points):
    if points > 90:
        name = "best"
        told = name.upper()
        print(told)
        return told
    return "good"
'''
GOOD = b"\n\ndef test_good():\n    assert grade(1) == 'good'\n"
BEST = b"\n\ndef test_best():\n    assert grade(91) == 'BEST'\n"
TESTS = b"from demo import add, grade\n\n\ndef test_add():\n    assert add(1, 2) == 3\n"


def judged(site: Site, tree: Callable[..., str], change: Mapping[str, bytes | None]) -> Judgement:
    return judge_tree(site, tree({**BASE, **change}), tree(BASE), ())


def measured(make_site: Callable[..., Site], **verify: object) -> Site:
    return make_site(requirements=("pytest", "pytest-cov"), coverage_min=0.0, **verify)


@pytest.mark.slow
def test_an_untested_branch_is_named_and_its_test_covers_it(
    make_site: Callable[..., Site], tree: Callable[..., str]
) -> None:
    site = measured(make_site)
    untested = {"src/demo/__init__.py": GRADES, "tests/test_add.py": TESTS + GOOD}
    short = judged(site, tree, untested)
    assert short.outcome is Outcome.PASSED, short.reasons
    assert short.patch.uncovered == {"src/demo/__init__.py": frozenset({7, 8, 9, 10})}
    assert short.patch.short == (
        "42.9 % of 7 added lines ran, at least 80 %; not run: src/demo/__init__.py:7-10"
    )
    again = judged(site, tree, untested)
    assert again.patch == short.patch, "it is known by the evidence of that tree"
    strict = judged(measured(make_site, patch_coverage_below="refuse"), tree, untested)
    assert strict.outcome is Outcome.FAILED
    assert strict.reasons[-1].endswith("not run: src/demo/__init__.py:7-10 (add tests that run them)")
    tested = judged(site, tree, {**untested, "tests/test_add.py": TESTS + GOOD + BEST})
    assert (tested.outcome, tested.patch.percent, tested.patch.short) == (Outcome.PASSED, 100.0, "")


@pytest.mark.slow
def test_what_no_test_imports_was_not_run(make_site: Callable[..., Site], tree: Callable[..., str]) -> None:
    found = judged(measured(make_site), tree, {"src/demo/grades.py": GRADES}).patch
    assert (found.percent, found.untold) == (0.0, ())
    assert found.uncovered == {"src/demo/grades.py": frozenset({1, 2, 5, 6, 7, 8, 9, 10, 11})}


@pytest.mark.slow
def test_a_moved_file_adds_only_what_is_new_in_it(
    make_site: Callable[..., Site], tree: Callable[..., str]
) -> None:
    site = measured(make_site)
    before = tree({**BASE, "src/demo/old.py": GRADES})
    after = tree({**BASE, "src/demo/new.py": GRADES.replace(b"return a + b", b"return b + a")})
    found = judge_tree(site, after, before, ()).patch
    assert found.uncovered == {"src/demo/new.py": frozenset({2})}


@pytest.mark.slow
def test_broken_coverage_is_unknown_and_no_refusal(
    make_site: Callable[..., Site], tree: Callable[..., str]
) -> None:
    site = make_site(requirements=("pytest", "pytest-cov"), patch_coverage_below="refuse")
    erased = (
        b"import atexit, os\n\n\ndef pytest_unconfigure(config):\n"
        b"    path = os.path.join(os.environ['WINDLASS_OUT'], 'coverage.json')\n"
        b"    open(path, 'w').write('{\"files\": 7')\n"
    )
    base = tree({"pyproject.toml": TABLE, "conftest.py": erased})
    found = judge_tree(
        site, tree({"pyproject.toml": TABLE, "conftest.py": erased, "src/demo/__init__.py": GRADES}), base, ()
    )
    assert found.outcome is Outcome.PASSED, found.reasons
    assert (found.patch.percent, found.patch.short) == (None, "")
    assert "its report tells nothing of these files" in found.patch.told
