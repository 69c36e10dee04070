"""The real ruff on real trees, and what its answers become."""

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from tests.backlog.desk import Project

from windlass.backlog import Report, View
from windlass.backlog.controller import BlobCache
from windlass.kernel import Ran, Unavailable
from windlass.plugins.sources.ruff import (
    Asked,
    Ruff,
    Settings,
    category,
    parse_asked,
    parse_hit,
    parse_output,
    severity,
)
from windlass.store import Database

BAD = "import os\nimport sys\n\n\ndef f(x):\n    y = 1\n    return x == None\n"


class Folder:
    """Runs programs in the project's own folder; `cut` truncates outputs longer than so many bytes."""

    def __init__(self, path: Path, cut: int = 10**9) -> None:
        self.path, self.cut = path, cut
        self.asked: list[list[str]] = []

    def __call__(
        self,
        argv: Sequence[str],
        *,
        timeout_s: float,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> Ran:
        self.asked.append(list(argv))
        path = f"{Path(sys.executable).parent}:/usr/bin:/bin"
        done = subprocess.run(
            list(argv), cwd=self.path, env={"PATH": path}, capture_output=True, timeout=timeout_s
        )
        return Ran(done.returncode, done.stdout[: self.cut], done.stderr, 0.1, len(done.stdout) > self.cut)


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path)


def look(project: Project, database: Database, files: Mapping[str, str], run: Folder | None = None) -> Report:
    commit = project.commit(files)
    run = run or Folder(project.path)
    view = View(project.mirror, commit, since=None, tool_run=run, cache=lambda n: BlobCache(database, n))
    return Ruff(Settings()).scan(view)


def told(report: Report) -> list[tuple[str, int, str, bool]]:
    return sorted((h.path, h.line, h.rule, h.fixable) for h in report.hits)


def test_without_a_configuration_only_plain_mistakes_are_told(project: Project, sqlite: Database) -> None:
    report = look(project, sqlite, {"src/a.py": BAD, "b.txt": "import os\n"})
    assert told(report) == [
        ("src/a.py", 1, "F401", True), ("src/a.py", 2, "F401", True), ("src/a.py", 6, "F841", False),
        ("src/a.py", 7, "E711", False),
    ]  # fmt: skip
    assert (report.coverage, report.error) == (1.0, None)
    assert report.looked == {"src/a.py", "b.txt"}
    assert report.hits[0].data == {"tool": "ruff", "code": "F401", "applicability": "safe"}


def test_the_projects_own_rules_and_excludes_count(project: Project, sqlite: Database) -> None:
    config = '[tool.ruff]\nextend-exclude = ["gen"]\n[tool.ruff.lint]\nselect = ["E7"]\n'
    report = look(project, sqlite, {"pyproject.toml": config, "a.py": BAD, "gen/b.py": BAD})
    assert told(report) == [("a.py", 7, "E711", False)]


def test_formatting_is_told_only_where_ruff_formats(project: Project, sqlite: Database) -> None:
    assert told(look(project, sqlite, {"a.py": "x=1\n", "ruff.toml": "line-length = 90\n"})) == []
    report = look(
        project, sqlite, {"ruff.toml": '[format]\nquote-style = "double"\n', "broken.py": "def (:\n"}
    )
    assert ("a.py", 1, "unformatted", True) in told(report)
    assert {h.category for h in report.hits if h.path == "a.py"} == {"formatting"}


def test_a_hook_alone_formats_nothing_but_python(project: Project, sqlite: Database) -> None:
    files = {"a.py": "x=1\n", "README.md": "```python\nx={1:2}\n```\n"}
    hook = {".pre-commit-config.yaml": "repos:\n- hooks:\n  - id: ruff-format\n"}
    assert {path for path, *_ in told(look(project, sqlite, {**files, **hook}))} == {"a.py"}
    own = {"ruff.toml": '[format]\nquote-style = "double"\n'}
    assert {path for path, *_ in told(look(project, sqlite, own))} == {"a.py", "README.md"}


def test_broken_syntax_is_a_bug_and_unreadable_files_lower_the_coverage(
    project: Project, sqlite: Database
) -> None:
    report = look(project, sqlite, {"a.py": "def (:\n", "b.py": b"\xff\xfe\x00bad\n", "c.py": "x = 1\n"})
    assert {(h.path, h.category, h.severity) for h in report.hits} == {("a.py", "bug", "error")}
    assert report.coverage == pytest.approx(2 / 3)
    assert report.looked == {"a.py", "c.py"}


def test_an_unused_import_in_a_test_may_be_the_test(project: Project, sqlite: Database) -> None:
    names = ["a.py", "conftest.py", "latest.py", "pkg/test_b.py", "pkg/tests/data.py", "test/c.py"]
    report = look(project, sqlite, dict.fromkeys(names, "import os\n"))
    assert [(path, fixable) for path, _, _, fixable in told(report)] == [
        (name, name in ("a.py", "latest.py")) for name in names
    ]
    assert len({hit.group for hit in report.hits}) == 2


def test_a_wrong_configuration_is_said_not_hidden(project: Project, sqlite: Database) -> None:
    with pytest.raises(Unavailable, match="nonsense"):
        look(project, sqlite, {"pyproject.toml": "[tool.ruff]\nnonsense = 1\n", "a.py": BAD})


def test_no_python_no_program(project: Project, sqlite: Database) -> None:
    run = Folder(project.path)
    report = look(project, sqlite, {"a.c": "int x;\n"}, run)
    assert (report.hits, report.coverage, run.asked) == ((), 1.0, [])


def test_too_much_for_one_output_is_asked_in_batches(project: Project, sqlite: Database) -> None:
    files = {f"m{n:03d}.py": "import os\nimport sys\n" for n in range(450)}
    run = Folder(project.path, cut=400_000)
    report = look(project, sqlite, files, run)
    assert len(report.hits) == 900
    assert sum("--force-exclude" in argv for argv in run.asked) == 3
    with pytest.raises(Unavailable, match="more than can be read"):
        look(project, sqlite, {"x.py": ""}, Folder(project.path, cut=40_000))


def test_a_finding_is_about_its_line_not_its_number() -> None:
    found = {
        "code": "F401",
        "filename": "/r/a.py",
        "message": "`os` unused",
        "location": {"row": 2},
        "fix": None,
    }
    one = parse_hit(found, "a.py", ["", "import os"])
    other = parse_hit({**found, "location": {"row": 3}}, "a.py", ["", "", "  import os"])
    assert one.anchor == other.anchor
    assert parse_hit({**found, "location": None}, "a.py", []).line == 1


@pytest.mark.parametrize(
    ("configs", "asked"),
    [
        ({}, Asked(False, False)),
        ({"pyproject.toml": b"[tool.black]\n"}, Asked(False, False)),
        ({"pyproject.toml": b"[tool.ruff.lint]\n"}, Asked(True, False)),
        ({"pyproject.toml": b"[tool.ruff.format]\n"}, Asked(True, True)),
        ({".ruff.toml": b"[format]\n"}, Asked(True, True)),
        ({".pre-commit-config.yaml": b"- id: ruff-format\n"}, Asked(False, True, hooked=True)),
        ({"pyproject.toml": b"tool = 3\n"}, Asked(False, False)),
        ({"pyproject.toml": b"\xff[[["}, Asked(False, False)),
    ],
)
def test_what_the_project_asks_of_ruff(configs: dict[str, bytes], asked: Asked) -> None:
    assert parse_asked(configs) == asked


@pytest.mark.parametrize("out", [b"", b"{}", b"not json", b"[" * 5])
def test_output_that_is_no_list_is_a_failure(out: bytes) -> None:
    with pytest.raises(Unavailable, match="ended with 2: why"):
        parse_output(Ran(2, out, b"why", 0.1))
    with pytest.raises(Unavailable, match="time limit"):
        parse_output(Ran(None, out, b"", 0.1))


@pytest.mark.parametrize(
    ("code", "kind", "grade"),
    [
        ("F401", "lint", "warning"), ("F821", "lint", "error"), ("S608", "security", "warning"),
        ("SIM102", "lint", "note"), ("invalid-syntax", "bug", "error"), ("unformatted", "formatting", "note"),
        ("W291", "lint", "note"),
    ],
)  # fmt: skip
def test_kinds_and_grades(code: str, kind: str, grade: str) -> None:
    assert (category(code), severity(code)) == (kind, grade)


def test_a_thousand_files_take_seconds_at_most(project: Project, sqlite: Database) -> None:
    files = {f"p{n % 20}/m{n}.py": f"import os\nx{n} = {n}\n" for n in range(1000)}
    began = time.perf_counter()
    assert len(look(project, sqlite, files).hits) == 1000
    assert time.perf_counter() - began < 30


def test_what_ruff_finds_behind_a_link_is_not_told(
    project: Project, sqlite: Database, tmp_path: Path
) -> None:
    (tmp_path / "private.py").write_text(BAD)
    (project.path / "out.py").symlink_to(tmp_path / "private.py")
    (project.path / "loop.py").symlink_to("loop.py")
    report = look(project, sqlite, {"a.py": "import os\n"})
    assert {h.path for h in report.hits} == {"a.py"}
    assert (report.coverage, report.looked) == (1.0, {"a.py", "out.py", "loop.py"})
