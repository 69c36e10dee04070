"""SARIF from good tools, odd tools and enemies."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.backlog.desk import Desk, Project

from windlass.backlog import Report, findings, items
from windlass.kernel import Invalid, Unavailable
from windlass.plugins.sources.sarif_file import SarifFile, Settings, parse_sarif, read_bounded
from windlass.scan.sarif import distinct

TREE = {"src/a.py": None, "b.py": None, "caf é.py": None}


def result(rule: str, path: str, line: int = 1, text: str = "bad", **more: Any) -> dict[str, Any]:
    place = {"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": line}}}
    return {"ruleId": rule, "message": {"text": text}, "locations": [place], **more}


def sarif(*results: Any, tool: str = "semgrep", **run: Any) -> bytes:
    driver = {"name": tool, **run.pop("driver", {})}
    return json.dumps(
        {"version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results, **run}]}
    ).encode()


def read(*results: Any, **run: Any) -> Report:
    return parse_sarif(sarif(*results, **run), TREE)


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path)


def test_one_fingerprint_for_all_is_not_believed() -> None:
    every = [result("r", "b.py", n, fingerprints={"matchBasedId/v1": "requires login"}) for n in range(1, 8)]
    assert {h.tool_fingerprint for h in read(*every).hits} == {""}


def test_distinct_fingerprints_are_taken() -> None:
    good = [result("r", "b.py", n, partialFingerprints={"primary": f"f{n}"}) for n in range(3)]
    assert [h.tool_fingerprint for h in read(*good).hits] == ["primary=f0", "primary=f1", "primary=f2"]
    half = [*good, result("r", "b.py", 9)]
    assert {h.tool_fingerprint for h in read(*half).hits} == {""}


def test_a_file_of_n_results_is_n_findings_of_one_item_for_each_rule(
    sqlite, project: Project, clock, tmp_path: Path
) -> None:
    desk = Desk(sqlite, project, clock)
    commit = project.commit({"b.py": "secret = 'x'; secret2 = 'y'\nz = 1\n"})
    same = {"fingerprints": {"v1": "requires login"}}
    every = [result("r", "b.py", 1, **same), result("r", "b.py", 1, **same), result("q", "b.py", 2, **same)]
    path = tmp_path / "scan.sarif"
    path.write_bytes(sarif(*every))
    desk.sources = [SarifFile(Settings(str(path)))]
    assert (desk.discover(commit).tallies[0].new, desk.discover(commit).tallies[0].new) == (3, 0)
    assert {i.rule: len(findings_of(desk, i.id)) for i in everything(desk)} == {"r": 2, "q": 1}
    path.write_bytes(sarif())
    assert [desk.discover(commit).closed for _ in range(3)] == [0, 2, 0]


def findings_of(desk: Desk, number: int) -> list:
    return desk.database.read(lambda tx: findings(tx, number))


def everything(desk: Desk) -> list:
    return desk.database.read(lambda tx: items(tx, desk.repository.id))


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("src/a.py", "src/a.py"), ("./src/a.py", "src/a.py"), ("src\\a.py", "src/a.py"),
        ("caf%20%C3%A9.py", "caf é.py"),
        ("file:///home/ci/build/src/a.py", "src/a.py"), ("/builds/x/b.py", "b.py"),
    ],
)  # fmt: skip
def test_paths_are_found_in_the_tree(uri: str, path: str) -> None:
    assert [h.path for h in read(result("r", uri)).hits] == [path]


def test_a_base_completes_a_path() -> None:
    based = result("r", "a.py")
    based["locations"][0]["physicalLocation"]["artifactLocation"]["uriBaseId"] = "ROOT"
    bases = {"ROOT": {"uri": "file:///home/ci/src/"}}
    assert [h.path for h in read(based, originalUriBaseIds=bases).hits] == ["src/a.py"]


@pytest.mark.parametrize(
    "uri", ["../../etc/passwd", "/etc/passwd", "", "https://evil/x.py", "src/../b.py", "a/" * 200, 5]
)
def test_what_is_not_in_the_tree_lowers_the_coverage(uri: Any) -> None:
    report = read(result("r", uri), result("r", "b.py"))
    assert ([h.path for h in report.hits], report.coverage) == (["b.py"], 0.5)


def test_a_tool_that_did_not_finish_covers_nothing() -> None:
    note = {"level": "error", "message": {"text": "out of memory"}}
    report = read(
        result("r", "b.py"),
        invocations=[{"executionSuccessful": False, "toolExecutionNotifications": [note]}],
    )
    assert report.coverage == 0.0
    assert report.error == "semgrep did not finish: out of memory"


@pytest.mark.parametrize(
    ("score", "severity"), [("9.8", "critical"), (7, "error"), ("4.0", "warning"), ("1", "note")]
)
def test_security_goes_by_its_score(score: Any, severity: str) -> None:
    rules = [
        {"id": "r", "properties": {"security-severity": score}, "shortDescription": {"text": "Injection"}}
    ]
    hit = read(result("r", "b.py"), driver={"rules": rules}).hits[0]
    assert (hit.category, hit.severity, hit.title) == ("security", severity, "semgrep: r: Injection")


def test_suppressed_and_passed_results_are_no_work() -> None:
    quiet = result("r", "b.py", suppressions=[{"kind": "inSource"}])
    loud = result("q", "b.py", suppressions=[{"kind": "external", "status": "rejected"}])
    assert [h.rule for h in read(quiet, loud, result("p", "b.py", kind="pass")).hits] == ["q"]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"not json", b"[]", b"{}", b'{"runs": 3}', b'{"version": "1.0.0", "runs": []}', b"[" * 100_000,
        b'{"runs": ' + b"[" * 100_000, b"\xff\xfe",
    ],
)  # fmt: skip
def test_what_is_no_sarif_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        parse_sarif(content, TREE)


@pytest.mark.parametrize("value", [None, 3, "x", [], {}, [[]], [None], {"a": {}}, True, -1])
def test_any_part_may_be_nonsense(value: Any) -> None:
    good = result("r", "b.py")
    parts = (*good, "level", "fingerprints", "kind", "suppressions", "ruleIndex", "properties")
    reports = [read({**good, key: value}) for key in parts]
    runs = [{"results": [good], key: value} for key in ("invocations", "originalUriBaseIds", "results")]
    for run in (*runs, {"tool": value}, {"tool": {"driver": value}}, value):
        reports.append(parse_sarif(json.dumps({"runs": [run]}).encode(), TREE))
    assert {hit.path for report in reports for hit in report.hits} <= set(TREE)
    assert all(len(report.hits) <= 1 and 0.0 <= report.coverage <= 1.0 for report in reports)


def test_size_and_absence_are_said(tmp_path: Path) -> None:
    big = tmp_path / "big.sarif"
    big.write_bytes(b"x" * 101)
    assert len(read_bounded(big, 101)) == 101
    with pytest.raises(Invalid, match="larger than 100"):
        read_bounded(big, 100)
    for missing in (tmp_path / "none", tmp_path):
        with pytest.raises(Unavailable, match="no SARIF file"):
            read_bounded(missing, 100)


def test_a_path_is_needed() -> None:
    with pytest.raises(Invalid, match="path"):
        SarifFile(Settings())


def test_fingerprints_are_taken_only_when_there_and_distinct() -> None:
    assert distinct(["a", "b"])
    assert not distinct(["requires login", "requires login"])
    assert not distinct(["a", ""])
    assert not distinct([])
