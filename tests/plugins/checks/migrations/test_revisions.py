"""Revisions of Alembic, as their files say."""

import pytest

from windlass.plugins.checks.migrations.graph import Step
from windlass.plugins.checks.migrations.revisions import Script, configs, faults, read, script

PLACE = Script("alembic.ini", "", "db", ("db/versions",))


def revision(name: str, down: object, more: str = "") -> bytes:
    return f"revision: str = {name!r}\ndown_revision = {down!r}\n{more}".encode()


def rules(*told: tuple[str, bytes]) -> list[str]:
    found, unread = faults(PLACE, {f"db/versions/{name}.py": text for name, text in told})
    assert not unread
    return sorted(one.key.replace("db/versions/", "") for one in found)


A, B = ("1", revision("a", None)), ("2", revision("b", "a"))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([A, B], []), ([A, B, ("3", revision("c", "a"))], ["alembic.ini|several-heads"]),
        ([A, B, ("3", revision("c", "a")), ("4", revision("d", ("b", "c")))], []),
        ([A, ("2", revision("b", "gone"))], ["2.py|missing-revision gone", "alembic.ini|several-heads"]),
        ([A, B, ("3", revision("b", "a"))], ["3.py|duplicate-revision"]),
        ([("1", revision("a", "b")), B], ["1.py|cycle"]),
        ([A, ("2", b"def (")], ["2.py|unreadable"]), ([A, ("2", b"x = 1")], ["2.py|unreadable"]),
        ([A, ("2", revision("b", 3))], ["2.py|unreadable"]),
        ([("1", revision("a", None, "branch_labels = 'x'")),
          ("2", revision("b", None, "branch_labels = ('y',)"))], []),
    ],
)  # fmt: skip
def test_what_does_not_hold_together_is_told(told: list[tuple[str, bytes]], expected: list[str]) -> None:
    assert rules(*told) == expected


def test_what_is_computed_is_not_guessed() -> None:
    found, unread = faults(PLACE, {"db/versions/1.py": b"revision = 'b'\ndown_revision = last()\n"})
    assert (found, unread) == ([], ["db/versions/1.py: what it names is computed"])
    assert isinstance(read("x", b"(" * 100_000), str)


def test_a_revision_without_a_way_back_is_known() -> None:
    up = "def upgrade():\n    op.x()\n"
    bodies = ("    '''No.'''\n", "    raise NotImplementedError\n", "    return\n")
    for back in ("", *(f"def downgrade():\n{body}" for body in bodies)):
        step = read("x", revision("a", None, up + back))
        assert isinstance(step, Step)
        assert step.bare
    for body in ("def upgrade():\n    pass\n", f"{up}def downgrade():\n    op.y()\n"):
        step = read("x", revision("a", None, body))
        assert isinstance(step, Step)
        assert not step.bare


@pytest.mark.parametrize(
    ("config", "text", "folders"),
    [
        ("alembic.ini", "[alembic]\nscript_location = db\n", ("db/versions",)),
        ("back/alembic.ini", "[alembic]\nscript_location = %(here)s/db\n", ("back/db/versions",)),
        ("alembic.ini", "[alembic]\nscript_location = app:db\n", ("src/app/db/versions",)),
        ("alembic.ini", "[alembic]\nscript_location = db\nversion_locations = %(here)s/a b\n", ("a", "b")),
        ("pyproject.toml", '[tool.alembic]\nscript_location = "%(here)s/db"\n', ("db/versions",)),
        ("alembic.ini", "[alembic]\nscript_location = gone\n", None), ("alembic.ini", "[", None),
        ("pyproject.toml", "[tool.mypy]\n", None), ("pyproject.toml", "[", None),
    ],
)  # fmt: skip
def test_where_revisions_are_is_what_the_configuration_says(
    config: str, text: str, folders: tuple[str, ...] | None
) -> None:
    found = script(config, text, {"db/env.py", "back/db/env.py", "src/app/db/env.py"})
    assert (found.versions if found else None) == folders


def test_only_python_of_the_folders_is_a_revision() -> None:
    deep = Script("alembic.ini", "", "db", ("db/versions",), deep=True)
    for path, shallow, below in (
        ("db/versions/a.py", True, True), ("db/versions/x/a.py", False, True), ("db/a.py", False, False),
        ("db/versions/__init__.py", False, False), ("db/versions/a.txt", False, False),
    ):  # fmt: skip
        assert (PLACE.holds(path), deep.holds(path)) == (shallow, below)
    found = configs({"a/alembic.ini", "pyproject.toml", "b/pyproject.toml"})
    assert found == ["a/alembic.ini", "pyproject.toml"]


def test_folders_that_are_named_and_hold_nothing_are_unread() -> None:
    text = "[alembic]\nscript_location = db\nversion_locations = app:db/versions\n"
    named = script("alembic.ini", text, {"db/env.py"})
    assert named is not None
    found, unread = faults(named, {})
    assert (found, unread) == ([], ["alembic.ini: there is no revision where version_locations leads to"])
    assert faults(Script("alembic.ini", "", "db", ("db/versions",)), {}) == ([], [])
