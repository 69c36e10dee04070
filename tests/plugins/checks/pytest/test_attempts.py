"""Faults tried for real: each in a process of its own, and only believed where its tests pass without it."""

from collections.abc import Callable

import pytest
from tests.support.environments import shared

from windlass.dispatch import Site
from windlass.plugins.checks.pytest import Pytest, Settings
from windlass.verify.attempt import Attempt, Attempted, Fate
from windlass.verify.lab import labs
from windlass.verify.mutants import mutants
from windlass.verify.settings import parse_settings

CODE = b"LIMIT = 3\n\n\ndef small(n):\n    return n < LIMIT\n"
TESTS = b"""\
import demo

seen = []


def test_first():
    seen.append(1)


def test_small():
    assert demo.small(2)
    assert not demo.small(3)


def test_that_needs_the_first():
    assert seen
    assert demo.small(2)


def test_weak():
    demo.small(1)
"""
INNER = b"IniConfig = SectionWrapper = object\nParseError = OSError\n\n\ndef twice(n):\n    return n * 2\n"
OF_INNER = b"import iniconfig\n\n\ndef test():\n    assert iniconfig.twice(3) == 6\n"
Try = Callable[..., list[Attempted]]


@pytest.fixture
def attempt(place: Site) -> Try:
    def run(*wanted: tuple[str, tuple[str, ...]]) -> list[Attempted]:
        settings = parse_settings({"requirements": ("pytest",), "environments": str(shared())})
        tree = place.mirror.write_tree({"demo.py": CODE, "test_demo.py": TESTS})
        known = {one.what: one for one in mutants("demo.py", CODE)}
        made = [
            Attempt(known.get(what), tuple(f"test_demo.py::{test}" for test in tests), 20.0, 120.0)
            for what, tests in wanted
        ]
        with labs(place, settings, (tree,)) as (lab,):
            scene = lab.scene(only=(), changed=(), wall_s=300.0, coverage=False)
            return Pytest(Settings()).attempted(scene, made, within_s=200.0)

    return run


def test_every_fault_is_seen_alone_and_the_file_is_whole_again_after_it(attempt: Try) -> None:
    fault = "n < LIMIT -> (n <= LIMIT)"
    weak, needy = ("test_weak",), ("test_that_needs_the_first",)
    whole, found, again, by_weak, by_needy, of_import, last = attempt(
        ("", ()), (fault, ("test_weak", "test_small")), (fault, ("test_small",)), (fault, weak),
        ("n < LIMIT -> None", needy), ("3 -> 4", ("test_small",)), ("", ()),
    )  # fmt: skip
    assert (whole.fate, whole.ran, sorted(whole.each)) == (Fate.SURVIVED, 4, sorted(last.each))
    assert (found.fate, found.ran, found.failed) == (Fate.KILLED, 2, "test_demo.py::test_small")
    assert (again.fate, by_weak.fate) == (Fate.KILLED, Fate.SURVIVED)
    assert by_needy.fate is Fate.UNCLEAR, "alone that test fails without the fault as well"
    assert of_import.fate is Fate.KILLED
    assert last.fate is Fate.SURVIVED


def test_a_fault_in_what_pytest_itself_imports_is_seen(place: Site) -> None:
    settings = parse_settings({"requirements": ("pytest",), "environments": str(shared())})
    tree = place.mirror.write_tree({"iniconfig.py": INNER, "test_inner.py": OF_INNER})
    (fault,) = [one for one in mutants("iniconfig.py", INNER) if one.what == "n * 2 -> (n + 2)"]
    with labs(place, settings, (tree,)) as (lab,):
        scene = lab.scene(only=(), changed=(), wall_s=300.0, coverage=False)
        made = [Attempt(None, (), 20.0, 120.0), Attempt(fault, (), 20.0, 120.0)]
        whole, found = Pytest(Settings()).attempted(scene, made, within_s=200.0)
    assert (whole.fate, found.fate) == (Fate.SURVIVED, Fate.KILLED)
