"""Author and age of a line, asked only when wanted."""

from tests.backlog.desk import Project

from windlass.backlog import Finding
from windlass.backlog.origin import origins

DAY_S = 86_400


def finding(path: str, line: int) -> Finding:
    return Finding("comments", "TODO", "f", path, line, "x", "note")


def test_author_and_age_come_from_the_last_change_of_the_line(project: Project) -> None:
    first = project.commit({"a.py": "# TODO: one\nx = 1\n"})
    second = project.commit({"a.py": "# TODO: one\nx = 2\n"})
    one, two = origins(
        project.mirror, second, [finding("a.py", 1), finding("a.py", 2)], 1_700_000_000.0 + 3 * DAY_S
    )
    assert (one.commit, two.commit) == (first, second)
    assert (one.author, one.age_days) == ("t@example.org", 3.0)


def test_what_git_cannot_place_is_left_out_and_no_more_is_asked_than_wanted(project: Project) -> None:
    commit = project.commit({"a.py": "# TODO: one\n"})
    asked = [finding("none.py", 1), finding("a.py", 99), finding("a.py", 1)]
    assert [o.finding for o in origins(project.mirror, commit, asked, 0.0)] == [asked[2]]
    assert origins(project.mirror, commit, asked, 0.0, asked_max=2) == []
