"""Settings that demand less, as a table."""

import pytest

from windlass.verify.loosened import deselected, loosened

P = "pyproject.toml"
PYTEST = "[tool.pytest.ini_options]\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PYTEST, PYTEST + 'addopts = "--ignore=tests/a"\n'),
        (PYTEST, PYTEST + 'addopts = ["-k", "not a"]\n'),
        (PYTEST + 'addopts = "--strict-markers"\n', PYTEST),
        (PYTEST + 'addopts = "--cov-fail-under=80"\n', PYTEST + 'addopts = "--cov-fail-under=70"\n'),
        (PYTEST, PYTEST + 'testpaths = ["tests/unit"]\n'),
        (PYTEST + 'testpaths = ["a", "b"]\n', PYTEST + 'testpaths = ["a"]\n'),
        (PYTEST, PYTEST + 'norecursedirs = ["tests"]\n'),
        (PYTEST + "xfail_strict = true\n", PYTEST),
        (PYTEST + 'filterwarnings = ["error"]\n', PYTEST),
        (PYTEST, PYTEST + 'filterwarnings = ["ignore"]\n'),
        ("", '[project.entry-points.pytest11]\na = "shop.a"\n'),
        ("[tool.coverage.report]\nfail_under = 80\n", ""),
        ("", '[tool.coverage.run]\nomit = ["a.py"]\n'),
        ("[tool.coverage.run]\nbranch = true\n", ""),
        ("", '[tool.ruff.lint]\nignore = ["F401"]\n'),
        ('[tool.ruff.lint]\nselect = ["E", "F"]\n', '[tool.ruff.lint]\nselect = ["E"]\n'),
        ("", '[tool.ruff.lint.per-file-ignores]\n"a.py" = ["F"]\n'),
        ("[tool.ruff.lint.mccabe]\nmax-complexity = 5\n", "[tool.ruff.lint.mccabe]\nmax-complexity = 50\n"),
        ("[tool.mypy]\nstrict = true\n", "[tool.mypy]\n"),
        ("", '[[tool.mypy.overrides]]\nmodule = "shop.*"\nignore_errors = true\n'),
        ("", '[tool.mypy]\nfollow_imports = "skip"\n'),
    ],
)
def test_each_setting_that_demands_less_is_named(before: str, after: str) -> None:
    (one,) = loosened({P: before}, {P: after})
    assert one.path == P
    assert ":" in one.what
    assert loosened({P: after}, {P: after}) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (PYTEST, PYTEST + 'addopts = "--strict-config -ra"\nmarkers = ["slow: s"]\n'),
        (PYTEST + 'testpaths = ["a"]\n', PYTEST + 'testpaths = ["a", "b"]\n'),
        (PYTEST, PYTEST + "xfail_strict = true\n"),
        (
            PYTEST + 'filterwarnings = ["error"]\n',
            PYTEST + 'filterwarnings = ["error", "ignore:old:UserWarning"]\n',
        ),
        ("[tool.coverage.report]\nfail_under = 80\n", "[tool.coverage.report]\nfail_under = 85\n"),
        ('[tool.ruff.lint]\nselect = ["E"]\n', '[tool.ruff.lint]\nselect = ["E", "F"]\n'),
        ("[tool.mypy]\n", "[tool.mypy]\nstrict = true\n"),
        ("broken = [", "broken = ["),
    ],
)
def test_what_demands_more_or_the_same_is_not(before: str, after: str) -> None:
    assert loosened({P: before}, {P: after}) == []


def test_settings_may_move_from_one_file_to_another() -> None:
    old = {P: PYTEST + 'testpaths = ["tests"]\n[tool.coverage.run]\nomit = ["a"]\n'}
    new = {"pytest.ini": "[pytest]\ntestpaths = tests\n", ".coveragerc": "[run]\nomit = a\n"}
    assert loosened(old, new) == []
    assert (
        loosened(old, {**new, ".coveragerc": "[run]\nomit =\n  a\n  b\n"})[0].what
        == "coverage.run.omit: adds b"
    )


def test_the_line_is_that_of_the_setting() -> None:
    (one,) = loosened({P: PYTEST}, {P: PYTEST + "\n\ntestpaths = ['a']\n"})
    assert one.line == 4


def test_marks_that_a_plain_run_leaves_out() -> None:
    assert deselected({P: PYTEST + "addopts = \"-m 'not slow and not net'\"\n"}) == {"slow", "net"}
