"""The source over real trees: full and incremental looks agree, the cache is used, large files show."""

import pytest
from tests.backlog.desk import Project, no_programs

from windlass.backlog import SOURCES, Report, View
from windlass.backlog.controller import BlobCache
from windlass.kernel import Invalid, Tools, system_clock
from windlass.plugins.sources.comments import NAMED_MAX, VERSION, Comments, Settings
from windlass.store import Database

FILES = {
    "a.py": "# TODO: one thing to do\n",
    "web/b.js": "// FIXME: another thing\n",
    "node_modules/x/c.js": "// TODO: theirs\n",
    "script": "#!/bin/sh\n# HACK: without a suffix\n",
    "LICENSE": "TODO: not a comment\n", "data.bin": b"\0TODO: binary\n",
    "latin.c": b"/* TODO: caf\xe9 */\n", "crlf.py": "# TODO: windows line\r\nx = 1\r\n",
}  # fmt: skip


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path)


def look(
    project: Project, database: Database, commit: str, since: str | None = None, **settings: int
) -> Report:
    caches: list[BlobCache] = []

    def cache(name: str) -> BlobCache:
        caches.append(BlobCache(database, name))
        return caches[-1]

    tree = None if since is None else project.mirror.tree_of(since)
    view = View(project.mirror, commit, since=tree, tool_run=no_programs, cache=cache)
    return Comments(Settings(**settings)).scan(view)


def told(report: Report) -> list[tuple[str, str, str]]:
    return sorted((h.path, h.rule, h.text) for h in report.hits)


def test_only_our_own_comments_of_text_files_count(project: Project, sqlite: Database) -> None:
    report = look(project, sqlite, project.commit(FILES))
    assert told(report) == [
        ("a.py", "TODO", "one thing to do"),
        ("crlf.py", "TODO", "windows line"),
        ("latin.c", "TODO", "caf�"),
        ("script", "HACK", "without a suffix"),
        ("web/b.js", "FIXME", "another thing"),
    ]
    assert (report.coverage, report.error) == (1.0, None)


def test_an_incremental_look_sees_what_a_full_one_sees(project: Project, sqlite: Database) -> None:
    first = project.commit(
        {**FILES, "gone.py": "# TODO: goes away soon\n", "old.py": "# TODO: moves along\n" * 3}
    )
    project.move("old.py", "pkg/new.py")
    second = project.commit(
        {"a.py": "# TODO: changed words here\n", "gone.py": None, "more.go": "// BUG: new\n"}
    )
    full, step = look(project, sqlite, second), look(project, sqlite, second, first)
    assert step.looked == {"a.py", "gone.py", "more.go", "old.py", "pkg/new.py"}
    assert told(step) == [t for t in told(full) if t[0] in step.looked]
    assert look(project, sqlite, second, second).looked == frozenset()


def test_a_known_blob_is_not_read_again(project: Project, sqlite: Database) -> None:
    commit = project.commit({"a.py": "x = '#'  # TODO: one thing to do\n"})
    cache = BlobCache(sqlite, VERSION)
    view = View(project.mirror, commit, since=None, tool_run=no_programs, cache=lambda name: cache)
    Comments(Settings()).scan(view)
    (oid, suffix), kept = next(iter(cache.fresh.items()))
    assert suffix == "python"
    known = {oid: {suffix: kept.replace("one thing", "from the cache")}}
    cache.load = lambda oids: known
    assert [h.text for h in Comments(Settings()).scan(view).hits] == ["from the cache to do"]


def test_one_blob_under_two_names_is_read_in_two_languages(project: Project, sqlite: Database) -> None:
    text = "# TODO: hash comment here\n"
    report = look(project, sqlite, project.commit({"a.py": text, "a.c": text, "b.py": text}))
    assert [p for p, _, _ in told(report)] == ["a.py", "b.py"]


def test_a_file_too_large_to_read_shows_in_the_coverage_and_is_not_looked_at(
    project: Project, sqlite: Database
) -> None:
    commit = project.commit({"a.py": "# TODO: x y z\n" + "x = 1\n" * 100, "b.py": "# TODO: p q r\n"})
    report = look(project, sqlite, commit, file_max_bytes=100)
    assert [p for p, _, _ in told(report)] == ["b.py"]
    assert report.coverage < 1.0
    assert report.looked == {"b.py"}


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(Invalid, match="depth"):
        SOURCES.open("comments", {"depth": 3}, Tools(system_clock, no_programs, str))


def test_a_file_of_nothing_but_notes_is_read_whole(project: Project, sqlite: Database) -> None:
    """git names only the first lines of a file; what is found must not end there."""
    commit = project.commit({"a.py": "".join(f"# TODO: number {n}\n" for n in range(NAMED_MAX + 5))})
    assert len(look(project, sqlite, commit).hits) == NAMED_MAX + 5
