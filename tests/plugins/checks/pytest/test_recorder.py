"""What every test runs, recorded for real: by our own tracer, by coverage, and where pytest-cov measures."""

from collections.abc import Callable

import pytest

from windlass.verify import Outcome, Reading
from windlass.verify.reach import Reach, pack, parse_reach

DEMO = b"""\
TABLE = {}


def register(name):
    TABLE[name] = name


def pick(a):
    if a:
        return 1
    return 2


def made():
    return "made"


register("x")
"""
TESTS = b"""\
import subprocess
import sys
import threading

import demo
import pytest


@pytest.fixture(scope="module")
def thing():
    return demo.made()


def test_yes():
    assert demo.pick(1) == 1


@pytest.mark.parametrize("a", [0, "", "::"[:0]])
def test_no(a):
    assert demo.pick(a) == 2


def test_thread():
    thread = threading.Thread(target=demo.pick, args=(1,))
    thread.start()
    thread.join()


class TestThing:
    def test_first(self, thing):
        assert thing

    def test_second(self, thing):
        assert thing == "made"


def test_often():
    for _ in range(1000):
        demo.pick(1)


def test_program():
    subprocess.run([sys.executable, "-c", ""], check=True)


def test_words():
    with open("docs/a.md") as stream:
        assert stream.read()
"""
FILES = {"src/demo/__init__.py": DEMO, "tests/test_a.py": TESTS, "docs/a.md": b"Words.\n"}
PICK = {9, 10, 11}


def recorded(reading: Reading) -> Reach:
    assert reading.outcome is Outcome.PASSED, reading.detail
    found = parse_reach(pack(reading.reach))
    assert found is not None
    return found


def lines(reach: Reach, test: str) -> set[int]:
    """What a test ran inside of the demo's functions."""
    bit = 1 << reach.tests.index(f"tests/test_a.py::{test}")
    groups = reach.ran["src/demo/__init__.py"]
    return {line for bits, there in groups if bits & bit for line in there} & {5, *PICK, 15}


def told(reach: Reach) -> None:
    """What holds whoever traces."""
    names = (
        "test_yes", "test_no", "test_thread", "TestThing::test_first", "TestThing::test_second", "test_often",
        "test_program", "test_words",
    )  # fmt: skip
    assert reach.tests == tuple(f"tests/test_a.py::{name}" for name in names)
    assert lines(reach, "test_yes") == lines(reach, "test_thread") == {9, 10}
    assert lines(reach, "test_no") == {9, 11}
    assert 5 in reach.loaded["src/demo/__init__.py"], "it ran at an import"
    assert reach.opaque == {"tests/test_a.py::test_program"}
    assert reach.numbers(reach.read["docs/a.md"]) == [7]


def test_our_tracer_tells_lines_and_gives_a_fixture_to_all_that_have_it(read: Callable[..., Reading]) -> None:
    reach = recorded(read("pytest", FILES, reach_s=60.0))
    told(reach)
    assert lines(reach, "TestThing::test_first") == lines(reach, "TestThing::test_second") == {15}
    assert lines(reach, "test_often") == PICK, "what runs often counts as run whole"


@pytest.mark.parametrize("measured", [False, True])
def test_coverage_is_asked_where_it_is_installed(read: Callable[..., Reading], measured: bool) -> None:
    files = {**FILES, "pyproject.toml": b'[tool.coverage.run]\nbranch = true\nsource = ["demo"]\n'}
    reading = read("pytest", files, needs=("pytest", "pytest-cov"), coverage=measured, reach_s=60.0)
    told(recorded(reading))
    assert 15 in recorded(reading).loaded["src/demo/__init__.py"], "a fixture of a module is no test's own"
    assert ("coverage" in reading.metrics) is measured


def test_one_that_takes_too_long_gives_up_and_the_run_goes_on(read: Callable[..., Reading]) -> None:
    reading = read("pytest", {"tests/test_a.py": b"def test_a():\n    pass\n"}, reach_s=0.001)
    assert (reading.outcome, reading.reach) == (Outcome.PASSED, b"{}")


def test_nothing_is_recorded_unless_asked(read: Callable[..., Reading]) -> None:
    assert read("pytest", {"tests/test_a.py": b"def test_a():\n    pass\n"}).reach == b""
