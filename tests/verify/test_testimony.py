"""Evidence told to another data home comes back as it was; whatever else comes is refused."""

import json
from copy import deepcopy
from typing import Any

import pytest

from windlass.kernel import Invalid
from windlass.store import Database
from windlass.verify.model import TIMED_OUT, Evidence, Outcome, Reading
from windlass.verify.records import evidence, keep
from windlass.verify.testimony import adopt, evidence_of, newest_trees, parse, tellable, told

NOW = 1_800_000_000.0
TREE = "a" * 40
READING = Reading(
    "pytest", Outcome.FAILED, 1.5, {"coverage": 88.5}, {"t.py::a": "passed", "t.py::ü\udc80": "failed"},
    {"a.py|F": 2}, "it fails", {"t.py": 0.25}, {"t.py::ü\udc80": "assert 1 == 2"},
)  # fmt: skip
FOUND = Evidence(TREE, "pytest", "e" * 32, READING, "bwrap", NOW)


def wire(found: Evidence = FOUND) -> Any:
    return json.loads(json.dumps(told(found)))


def test_what_is_told_is_read_as_it_was() -> None:
    assert parse(wire(), TREE, NOW) == FOUND


def test_what_looks_like_a_secret_is_not_told() -> None:
    token = "glpat-" + "x7Kq2Zr9Tt4Wm1Vb8Nc3"
    leaky = Reading("pytest", Outcome.FAILED, detail=f"token {token}", why={"t.py::a": "no"})
    row = wire(Evidence(TREE, "pytest", "env", leaky, "bwrap", NOW))
    assert (row["detail"], row["why"], row["verdict"]) == ("", {}, "failed")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("check", ""), ("check", "a\nb"), ("check", "x" * 201), ("check", 1), ("environment", "\x1b[0m"),
        ("verdict", "unknown"), ("verdict", ["passed"]), ("sandbox", "moon"), ("sandbox", []),
        ("at", NOW + 7200), ("at", -1), ("at", True), ("seconds", float("nan")), ("seconds", float("inf")),
        ("seconds", 10**400), ("metrics", {"a": float("nan")}), ("metrics", []), ("metrics", {"a": "1"}),
        ("counts", {"a|F": 1.5}), ("counts", {"a|F": -1}), ("counts", {"x" * 5001: 1}),
        ("cases", {"won": ["a"]}), ("cases", {"passed": ["a"], "failed": ["a"]}), ("cases", {"passed": "a"}),
        ("cases", {"passed": [["a"]]}),
        ("spent", {"t": None}), ("why", {"t": 1}), ("detail", "x" * 8001), ("more", 1),
    ],
)  # fmt: skip
def test_bad_readings_are_refused(field: str, value: object) -> None:
    with pytest.raises(Invalid):
        parse({**deepcopy(wire()), field: value}, TREE, NOW)


@pytest.mark.parametrize("read", [None, [], "x", {}, {"check": "pytest"}])
def test_what_is_no_reading_is_refused(read: object) -> None:
    with pytest.raises(Invalid):
        parse(read, TREE, NOW)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    chosen: Database = request.getfixturevalue(request.param)
    return chosen


def test_what_is_measured_here_stands_and_takes_the_place_of_anothers_word(database: Database) -> None:
    ours = Evidence(TREE, "pytest", "here", Reading("pytest", Outcome.PASSED), "none", NOW)
    late = Reading("types", Outcome.UNKNOWN, metrics={TIMED_OUT: 1.0})
    unknown = Evidence("b" * 40, "types", "here", late, "none", NOW - 1)
    for one in (ours, unknown):
        database.write(lambda tx, one=one: keep(tx, one))
    theirs = Evidence(TREE, "pytest", "here", READING, "none", NOW - 9)
    assert not database.write(lambda tx: adopt(tx, theirs, "key", NOW))
    assert database.write(lambda tx: adopt(tx, FOUND, "key", NOW))
    assert not database.write(lambda tx: adopt(tx, FOUND, "other", NOW))
    assert database.read(lambda tx: evidence(tx, TREE, "pytest", "e" * 32)) == FOUND
    assert database.read(lambda tx: evidence(tx, TREE, "pytest", "here")) == ours
    rows = {str(row["environment"]): row for row in database.read(lambda tx: evidence_of(tx, TREE))}
    assert rows["e" * 32]["origin"] == "key"
    assert "origin" not in rows["here"]
    # Neither what is unknown nor what others said is told as measured here.
    assert database.read(lambda tx: tellable(tx, TREE)) == [ours]
    assert database.read(lambda tx: tellable(tx, "b" * 40)) == []
    assert database.read(lambda tx: newest_trees(tx, 1)) == [TREE]
    database.write(lambda tx: keep(tx, FOUND))
    assert FOUND in database.read(lambda tx: tellable(tx, TREE))
    assert all("origin" not in row for row in database.read(lambda tx: evidence_of(tx, TREE)))
