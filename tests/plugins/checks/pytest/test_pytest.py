"""Pytest for real: robust against a project's options, exact about exit codes."""

from collections.abc import Callable

from windlass.plugins.checks.pytest import Settings, open
from windlass.verify import Outcome, Reading

TEST = b"def test_a():\n    assert True\n"


def test_options_that_need_plug_ins_do_not_get_in_the_way(read: Callable[..., Reading]) -> None:
    options = b"[pytest]\naddopts = --cov=x --cov-report=term -n auto -x --strict-markers\n"
    found = read("pytest", {"pytest.ini": options, "tests/test_a.py": TEST})
    assert (found.outcome, dict(found.cases)) == (Outcome.PASSED, {"tests/test_a.py::test_a": "passed"})


def test_a_file_that_cannot_be_collected_is_its_own_error_and_the_rest_runs(
    read: Callable[..., Reading],
) -> None:
    found = read("pytest", {"tests/test_a.py": TEST, "tests/test_b.py": b"import nothing_like_it\n"})
    assert dict(found.cases) == {"tests/test_a.py::test_a": "passed", "tests/test_b.py": "error"}
    assert found.outcome is Outcome.FAILED


def test_no_tests_a_broken_conftest_and_wrong_options_are_told_apart(read: Callable[..., Reading]) -> None:
    none = read("pytest", {"tests/test_a.py": b""})
    assert (none.outcome, none.detail) == (Outcome.FAILED, "no tests were collected")
    broken = read(
        "pytest",
        {"tests/test_a.py": TEST, "conftest.py": b"def pytest_runtestloop():\n    raise ValueError\n"},
    )
    assert broken.outcome is Outcome.UNKNOWN
    assert "broke inside" in broken.detail
    wrong = read("pytest", {"tests/test_a.py": TEST, "pytest.ini": b"[pytest]\naddopts = --no-such\n"})
    assert wrong.outcome is Outcome.UNKNOWN
    assert "could not begin" in wrong.detail


def test_only_what_is_asked_for_runs(read: Callable[..., Reading]) -> None:
    files = {"tests/test_a.py": TEST, "tests/test_b.py": TEST + b"\n\ndef test_b():\n    assert 0\n"}
    found = read("pytest", files, only=("tests/test_b.py::test_a",))
    assert dict(found.cases) == {"tests/test_b.py::test_a": "passed"}


def test_coverage_is_measured_where_it_is_configured_and_installed(read: Callable[..., Reading]) -> None:
    files = {
        "pyproject.toml": b'[tool.coverage.run]\nsource = ["demo"]\n',
        "src/demo/__init__.py": b"def f(x):\n    if x:\n        return 1\n    return 2\n",
        "tests/test_a.py": b"import demo\n\n\ndef test_a():\n    assert demo.f(1)\n",
    }
    found = read("pytest", files, needs=("pytest", "pytest-cov"), coverage=True)
    assert found.outcome is Outcome.PASSED, found
    assert 50 < found.metrics["coverage"] < 100
    assert "coverage" not in read("pytest", files, coverage=True).metrics


def test_a_run_out_of_time_gives_the_files_that_it_finished(read: Callable[..., Reading]) -> None:
    quick = b"def test_one():\n    pass\n"
    slow = quick + b"\n\ndef test_two():\n    import time\n    time.sleep(120)\n"
    reading = read("pytest", {"test_a.py": quick, "test_b.py": quick, "test_c.py": slow}, wall_s=20)
    assert (reading.outcome, reading.metrics) == (Outcome.UNKNOWN, {"timed_out": 1.0})
    assert reading.cases == {"test_a.py::test_one": "passed", "test_b.py::test_one": "passed"}
    assert reading.spent.keys() == {"test_a.py", "test_b.py"}
    assert "did not end within 20 s" in reading.detail


MARKED = {
    "pytest.ini": b"[pytest]\naddopts = -m 'not (e2e or gpu)'\nmarkers =\n  e2e: whole\n  gpu: dear\n",
    "tests/test_a.py": b"import pytest\n\n\ndef test_a():\n    pass\n\n\n@pytest.mark.e2e\ndef test_b():\n"
    b"    pass\n\n\n@pytest.mark.gpu\ndef test_c():\n    assert 0\n",
}


def test_tests_that_the_projects_options_keep_out_run_where_they_are_asked_for(
    read: Callable[..., Reading],
) -> None:
    assert read("pytest", MARKED).cases == {"tests/test_a.py::test_a": "passed"}
    texts = {"pytest.ini": MARKED["pytest.ini"].decode()}
    ((name, table),) = open(Settings(), None).further(texts, 2).items()
    both = read("pytest", MARKED, table=table)
    assert (name, both.outcome) == ("deselected-tests", Outcome.FAILED)
    assert both.cases == {"tests/test_a.py::test_b": "passed", "tests/test_a.py::test_c": "failed"}
    some = read("pytest", MARKED, table={**table, "leave_out": ["gpu"]})
    assert (some.outcome, some.cases) == (Outcome.PASSED, {"tests/test_a.py::test_b": "passed"})
    none = read("pytest", {**MARKED, "tests/test_a.py": TEST}, table=table)
    assert (none.outcome, none.metrics["collected"]) == (Outcome.PASSED, 0.0)
