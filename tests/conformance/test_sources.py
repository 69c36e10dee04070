"""What every source keeps to, built in or installed."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests.backlog.desk import Project

from windlass.backlog import SOURCES, Source, View
from windlass.backlog.controller import BlobCache
from windlass.kernel import Ran, Tools, system_clock
from windlass.store import Database

KINDS = SOURCES.kinds()


def answers(
    argv: Sequence[str], *, timeout_s: float, stdin: bytes = b"", env: Mapping[str, str] | None = None
) -> Ran:
    """A sandbox in which every tool finds nothing."""
    assert timeout_s > 0
    return Ran(0, b"/repository\n" if argv[0] == "pwd" else b"[]", b"", 0.0)


def opened(kind: str, folder: Path) -> Source:
    table = {}
    if "path" in {field.name for field in dataclasses.fields(SOURCES.module(kind).Settings)}:
        empty = folder / "empty.sarif"
        empty.write_text(json.dumps({"version": "2.1.0", "runs": []}))
        table = {"path": str(empty)}
    return SOURCES.open(kind, table, Tools(system_clock, answers, str))


@pytest.mark.parametrize("kind", KINDS)
def test_a_source_has_a_name_a_version_and_frozen_settings(kind: str, tmp_path: Path) -> None:
    source = opened(kind, tmp_path)
    assert source.name
    assert source.version
    assert dataclasses.is_dataclass(SOURCES.module(kind).Settings)


@pytest.mark.parametrize("kind", KINDS)
def test_an_uneventful_tree_is_fully_covered_and_the_same_twice(
    kind: str, tmp_path: Path, sqlite: Database
) -> None:
    project = Project(tmp_path)
    commit = project.commit({"a.py": "x = 1\n", "docs/b.md": "words\n"})
    source = opened(kind, tmp_path)
    reports = [
        source.scan(
            View(project.mirror, commit, since=None, tool_run=answers, cache=lambda n: BlobCache(sqlite, n))
        )
        for _ in range(2)
    ]
    assert reports[0] == reports[1]
    assert (reports[0].hits, reports[0].coverage, reports[0].error) == ((), 1.0, None)
    assert reports[0].looked is None or reports[0].looked <= {"a.py", "docs/b.md"}


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_tree_is_no_failure(kind: str, tmp_path: Path, sqlite: Database) -> None:
    project = Project(tmp_path)
    view = View(
        project.mirror, project.commit({}), since=None, tool_run=answers, cache=lambda n: BlobCache(sqlite, n)
    )
    report = opened(kind, tmp_path).scan(view)
    assert (report.hits, report.error) == ((), None)
