"""What a view offers."""

from tests.backlog.desk import Project, no_programs

from windlass.backlog import SOURCES, View
from windlass.backlog.controller import BlobCache
from windlass.store import Database


def view(project: Project, sqlite: Database, commit: str, since: str | None) -> View:
    return View(
        project.mirror, commit, since=since, tool_run=no_programs, cache=lambda name: BlobCache(sqlite, name)
    )


def test_files_greps_and_blobs_are_those_of_the_commit(project: Project, sqlite: Database) -> None:
    commit = project.commit({"a.py": "# TODO x\n", "b.txt": "TODOS\n"})
    project.commit({"a.py": "later\n"})
    seen = view(project, sqlite, commit, None)
    assert set(seen.files()) == {"a.py", "b.txt"}
    assert list(seen.grep(["TODO"])) == [("a.py", 1, b"# TODO x", True)]
    oid = seen.files()["a.py"].oid
    assert list(seen.blobs([oid], 100)) == [(oid, b"# TODO x\n")]
    assert seen.sizes([oid]) == {oid: 9}
    assert list(seen.blobs([oid], 3)) == [(oid, None)]


def test_changes_are_against_the_last_complete_look(project: Project, sqlite: Database) -> None:
    first = project.commit({"a.py": "a\n", "b.py": "b\n"})
    second = project.commit({"b.py": "c\n"})
    tree = project.mirror.tree_of(first)
    assert view(project, sqlite, second, None).changes() is None
    assert view(project, sqlite, first, tree).changes() == []
    assert [c.path for c in view(project, sqlite, second, tree).changes() or ()] == ["b.py"]


def test_the_family_lists_its_kinds_by_itself() -> None:
    assert {"comments", "ruff", "sarif_file"} <= set(SOURCES.kinds())
