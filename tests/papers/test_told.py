"""A report from the sandbox: what is forged in it says nothing, and nothing of it steers anybody."""

import json

import pytest

from windlass.papers.told import FAULTS_MAX, Fault, Told, parse_told, written

FAULT = Fault("a.md", "missing-target", "b.md", 3, "'b.md' is not in the tree")


def test_a_report_is_read_as_it_was_written() -> None:
    told = Told(2, [FAULT, FAULT], ["c.md: late"], ["1 openapi-3.1"])
    found = parse_told(written(told), {"a.md"})
    assert found == Told(2, [FAULT, FAULT], ["c.md: late"], ["1 openapi-3.1"])
    assert found.counts == {"a.md|missing-target b.md": 2}
    assert found.why == {"a.md|missing-target b.md": "line 3: 'b.md' is not in the tree"}
    assert found.detail == "2 files; 1 openapi-3.1; c.md: late"


def test_faults_of_files_that_are_not_there_mean_that_something_was_not_read() -> None:
    found = parse_told(written(Told(1, [FAULT])), {"other.md"})
    assert found is not None
    assert (list(found.faults), len(found.unread)) == ([], 1)


def test_names_are_short_in_one_line_and_two_stay_two() -> None:
    told = [Fault("a", "x-y", "k" * 500 + end, 0, "w\n\x1b[2J|" * 100) for end in "ab"]
    found = parse_told(written(Told(1, told)), {"a"})
    assert found is not None
    assert len(found.counts) == 2
    assert max(map(len, found.counts)) < 200
    assert not any(sign in why for why in found.why.values() for sign in "\n\x1b")
    assert Fault("a", "example", "/b", 0, "", False).key == "a|warning example /b"


def test_more_faults_than_are_told_is_said() -> None:
    found = parse_told(written(Told(1, [FAULT] * (FAULTS_MAX + 1))), {"a.md"})
    assert found is not None
    assert found.unread == [f"more than {FAULTS_MAX} faults, the rest is not told"]


@pytest.mark.parametrize(
    "change",
    [
        {"faults": [{}]}, {"faults": None}, {"files": -1}, {"files": True}, {"unread": [1]}, {"notes": 1},
        {"faults": [{"path": 1, "rule": "a-b", "at": "", "line": 0, "text": "", "grave": True}]},
        {"faults": [{"path": "a", "rule": "A|b", "at": "", "line": 0, "text": "", "grave": True}]},
        {"faults": [{"path": "a", "rule": "a-b", "at": "", "line": -1, "text": "", "grave": True}]},
        {"faults": [{"path": "a", "rule": "a-b", "at": "", "line": 0, "text": "", "grave": 1}]},
    ],
)  # fmt: skip
def test_what_is_no_report_is_none(change: dict[str, object]) -> None:
    document = {**json.loads(written(Told())), **change}
    assert parse_told(json.dumps(document).encode(), {"a"}) is None
    assert parse_told(b"[" * 9_000, {"a"}) is None
    assert parse_told(None, {"a"}) is None
