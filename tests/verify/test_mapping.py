"""When a map of what tests run is recorded, which one is believed, what it chooses."""

import json
from collections.abc import Callable

import pytest

from windlass.dispatch import Site
from windlass.verify.lab import Lab, labs
from windlass.verify.mapping import AGAIN_S, FRESH_S, RECALL, RENEW_S, chosen, keep_reach, recording
from windlass.verify.model import Evidence, Outcome, Reading
from windlass.verify.planning import affected, planned
from windlass.verify.readings import fingerprint, measure
from windlass.verify.records import keep, newest_map
from windlass.verify.settings import parse_settings

Tree = Callable[..., str]
MORE: dict[str, bytes] = {
    "src/demo/other.py": b"def twice(a):\n    return 2 * a\n",
    "tests/test_other.py": b"from demo.other import twice\n\n\ndef test_twice():\n    assert twice(2) == 4\n",
}


def told(lab: Lab) -> str:
    (whole,) = planned(lab, (), 1).checks
    return fingerprint(lab, whole)


def slow(site: Site, lab: Lab, seconds: float = 10.0) -> str:
    """Evidence that the whole run takes its time, so that tier 0 has to choose; the environment of it."""
    environment = told(lab)
    reading = Reading("pytest", Outcome.PASSED, seconds, {"collected": 2.0})
    site.database.write(lambda tx: keep(tx, Evidence("f" * 40, "pytest", environment, reading, "bwrap", 1.0)))
    return environment


def based(site: Site, tree: str) -> None:
    """Say that a tree was one that others were judged against."""
    columns = "task_id, fence, tier, tree_oid, base_tree_oid, verdict, reasons, deferred, seconds, cycle, at"
    values = "1, 1, 1, 'e', :tree, 'passed', '[]', '[]', 1.0, '{}', 1.0"
    sql = f"INSERT INTO wl_verdict ({columns}) VALUES ({values})"
    site.database.write(lambda tx: tx.execute(sql, tree=tree))


def test_a_whole_run_that_happens_anyway_records_what_later_chooses(site: Site, tree: Tree) -> None:
    mapped = tree(MORE)
    with labs(site, parse_settings({}), (mapped,)) as (lab,):
        environment = slow(site, lab, 100.0)
        (whole,) = planned(lab, (), 1).checks
        reading = measure(lab, whole, wall_s=600, coverage=True)
        assert reading.outcome is Outcome.PASSED, reading.detail
        assert chosen(lab, "pytest", environment) is None, "nobody has judged anything against it"
    based(site, mapped)
    changed = {**MORE, "src/demo/other.py": b"def twice(a):\n    return a + a\n"}
    with labs(site, parse_settings({}), (tree(changed),)) as (lab,):
        (tests,) = [one for one in planned(lab, ["src/demo/other.py"], 0).checks if one.check.role == "tests"]
        assert tests.only == ("tests/test_other.py::test_twice",)
        assert measure(lab, tests, wall_s=60).cases == {"tests/test_other.py::test_twice": "passed"}
        assert affected(lab, tests, ["src/demo/other.py"]) == ("tests/test_other.py",)


REACH = json.dumps({
    "tests": ["tests/test_add.py::test_add"], "seconds": [1.0], "breadth": [1], "opaque": [], "loaded": {},
    "ran": {"src/demo/__init__.py": {"0x1": [2]}}, "read": {},
}).encode()  # fmt: skip


@pytest.fixture
def lab(site: Site, tree: Tree):  # type: ignore[no-untyped-def]  # a context manager's generator
    with labs(site, parse_settings({}), (tree(),)) as (lab,):
        yield lab


def kept(site: Site, lab: Lab, environment: str, *, at: float | None = None, reach: bytes = REACH) -> None:
    reading = Reading("pytest", Outcome.PASSED, 1.0, cases={"a::b": "passed"}, reach=reach)
    when = site.clock() if at is None else at
    found = Evidence(lab.tree, "pytest", environment, reading, "bwrap", when)
    site.database.write(lambda tx: keep_reach(tx, lab, found))


def test_one_is_recorded_when_none_is_young_and_there_is_time(site: Site, lab: Lab) -> None:
    assert not recording(lab, "pytest", told(lab), 300.0), "how long it takes is not known"
    environment = slow(site, lab)
    assert recording(lab, "pytest", environment, 300.0) == 280.0
    assert not recording(lab, "pytest", environment, 29.0)
    kept(site, lab, environment)
    assert not recording(lab, "pytest", environment, 300.0), "one was recorded lately"
    kept(site, lab, environment, at=site.clock() - 2 * AGAIN_S)
    assert recording(lab, "pytest", environment, 300.0), "the other is not believed"
    based(site, lab.tree)
    assert not recording(lab, "pytest", environment, 300.0)
    kept(site, lab, environment, at=site.clock() - 2 * RENEW_S)
    assert recording(lab, "pytest", environment, 300.0)


def test_an_old_map_chooses_nothing(site: Site, lab: Lab) -> None:
    based(site, lab.tree)
    kept(site, lab, "e", at=site.clock() - FRESH_S - 60)
    choice = chosen(lab, "pytest", "e")
    assert choice is not None
    assert "7 days ago" in choice.full


def test_a_low_recall_switches_it_off_and_a_better_one_on(site: Site, lab: Lab) -> None:
    based(site, lab.tree)
    kept(site, lab, "e")
    for at, recall, off in ((1.0, 0.99, True), (2.0, 0.996, False)):
        reading = Reading(f"{RECALL}pytest", Outcome.PASSED, metrics={"recall": recall, "faults": 200.0})
        found = Evidence(f"{at:040.0f}", reading.check, "e", reading, "bwrap", at)
        site.database.write(lambda tx, found=found: keep(tx, found))
        choice = chosen(lab, "pytest", "e")
        assert choice is not None
        assert choice.full == "tests chosen so found only 99.0 % of 200 faults put in on purpose" * off


def test_a_map_of_files_that_could_not_be_collected_is_not_kept(site: Site, lab: Lab) -> None:
    kept(site, lab, "e", reach=b"{")
    reading = Reading("pytest", Outcome.FAILED, cases={"tests/test_bad.py": "error"}, reach=REACH)
    site.database.write(
        lambda tx: keep_reach(tx, lab, Evidence(lab.tree, "pytest", "e", reading, "bwrap", 1.0))
    )
    based(site, lab.tree)
    assert site.database.read(lambda tx: newest_map(tx, 1, "pytest", "e")) is None
