"""Faults on their way into the sandbox, and what came back, which may be forged."""

import base64
import json
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.plugins.checks.pytest.tried import WORD_MAX, parse_attempts, words
from windlass.verify.attempt import Attempt, Fate
from windlass.verify.mutants import Mutant


def test_attempts_become_words_that_a_command_line_takes() -> None:
    mutant = Mutant("a.py", 1, 4, 9, "(a - b)", "a + b -> (a - b)")
    count, *parts = words([Attempt(mutant, ("t.py::a", "t.py::b"), 3.0, 9.0), Attempt(None, (), 1.0, 1.0)])
    assert int(count) == len(parts)
    assert all(len(part) <= WORD_MAX for part in parts)
    told = json.loads(zlib.decompress(base64.b85decode("".join(parts))))
    assert told["names"] == ["t.py::a", "t.py::b"]
    assert [one["path"] for one in told["attempts"]] == ["a.py", ""]


def test_every_end_of_a_run_has_its_fate_and_what_cannot_be_read_is_not_tried() -> None:
    lines = [
        {"number": 0, "code": 1, "seconds": 1.0, "failed": "t.py::a", "alone": True, "failed_s": 0.1},
        {"number": 1, "code": 0, "seconds": 1.0, "tests": 3},
        {"number": 2, "code": None, "seconds": 1.0},
        {"number": 3, "code": None, "seconds": 1.0, "cut": True},
        {"number": 4, "code": 1, "seconds": 1.0, "failed": "t.py::a", "alone": False},
        {"number": 5, "code": 5, "seconds": 1.0},
        {"number": 6, "invalid": True},
        {"number": 7, "code": -11, "seconds": 1.0, "alone": True},
        {"number": 99, "code": 0, "seconds": 1.0}, {"number": 8}, ["no"],
    ]  # fmt: skip
    content = "\n".join(json.dumps(line) for line in lines).encode() + b"\n{cut"
    found = parse_attempts(content, 12)
    assert [one.fate for one in found] == [
        Fate.KILLED, Fate.SURVIVED, Fate.TIMED_OUT, Fate.NOT_TRIED, Fate.UNCLEAR, Fate.UNCLEAR, Fate.UNCLEAR,
        Fate.KILLED, *[Fate.NOT_TRIED] * 4,
    ]  # fmt: skip
    assert (found[0].failed, found[0].failed_s, found[1].ran) == ("t.py::a", 0.1, 3)
    assert found[7].why == "pytest ended with -11"


@pytest.mark.parametrize(
    "told", ['"tests": 1e999', '"seconds": 1e999', '"seconds": NaN', '"tests": -1', f'"seconds": {10**400}']
)
def test_figures_that_are_none_are_of_no_attempt(told: str) -> None:
    line = f'{{"number": 0, "code": 1, "failed": "a", "tests": 1, "seconds": 1, {told}}}'
    (found,) = parse_attempts(line.encode(), 1)
    assert found.fate is Fate.NOT_TRIED


KNOWN = (
    "number", "invalid", "code", "failed", "cut", "alone", "tests", "tests_s", "seconds", "failed_s", "each",
)  # fmt: skip
SAID = st.none() | st.booleans() | st.integers() | st.floats() | st.text()


@given(
    st.dictionaries(
        st.sampled_from(KNOWN),
        SAID | st.dictionaries(st.text(), st.floats()),
    )
)
def test_whatever_a_line_says_it_is_an_attempt_or_none(told: dict[str, object]) -> None:
    (found,) = parse_attempts(json.dumps(told).encode(), 1)
    seconds = (found.tests_s, found.seconds, found.failed_s or 0.0, *found.each.values())
    assert all(0 <= one <= 86_400 for one in seconds)
    assert found.ran >= 0
