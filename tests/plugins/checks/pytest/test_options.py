"""Which of a project's options stay."""

import pytest

from windlass.plugins.checks.pytest.options import (
    kept_options,
    looks_like_test,
    measures_coverage,
    names_pytest,
)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("-ra -q --strict-markers --strict-config", "--strict-markers --strict-config"),
        ("--cov=pkg --cov-report term-missing --doctest-modules", "--doctest-modules"),
        ("-n auto -x --maxfail=1 --import-mode=importlib", "--import-mode=importlib"),
        ("-m 'not slow' -p no:cacheprovider", "-m 'not slow'"),
        ("--durations 10 -vv tests", "tests"), ("--cov-report= -p plug", "-p plug"), ("'broken", ""),
    ],
)  # fmt: skip
def test_options_for_people_and_for_ci_are_left_out(given: str, kept: str) -> None:
    assert kept_options({"pytest.ini": f"[pytest]\naddopts = {given}\n"}) == kept
    assert kept_options({"setup.cfg": f"[tool:pytest]\naddopts = {given}\n"}) == kept


def test_the_file_that_pytest_reads_first_counts() -> None:
    pyproject = '[tool.pytest.ini_options]\naddopts = ["-m", "not slow"]\n'
    assert kept_options({"pyproject.toml": pyproject}) == "-m 'not slow'"
    assert kept_options({"pyproject.toml": pyproject, "pytest.ini": "[pytest]\n"}) == ""
    assert kept_options({"pyproject.toml": "["}) == ""


def test_coverage_needs_configuration_and_the_plug_in() -> None:
    texts = {"pyproject.toml": '[tool.coverage.run]\nsource = ["x"]\n'}
    assert measures_coverage(texts, {"pytest-cov": "6"})
    assert not measures_coverage(texts, {})
    assert not measures_coverage({}, {"pytest-cov": "6"})


def test_names() -> None:
    assert [looks_like_test(p) for p in ("a/test_x.py", "a/x_test.py", "tests.py", "a/testing.py")] == [
        True,
        True,
        True,
        False,
    ]
    assert names_pytest({"tox.ini": "pytest"})
    assert not names_pytest({"a.py": "import pytest"})
