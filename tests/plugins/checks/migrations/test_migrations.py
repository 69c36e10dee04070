"""Migrations for real: Alembic from the registry, on a SQLite of its own, in the sandbox."""

from collections.abc import Callable, Mapping

import pytest

from windlass.plugins.checks.migrations import Settings, open
from windlass.verify import Outcome, Reading, Scene

Read = Callable[..., Reading]
ENV = b"""from alembic import context
from sqlalchemy import engine_from_config
from models import metadata

engine = engine_from_config(context.config.get_section("alembic"))
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
"""
MODELS = b"""from sqlalchemy import Column, Integer, MetaData, Table, Text

metadata = MetaData()
Table("item", metadata, Column("id", Integer, primary_key=True), Column("name", Text))
"""


def revision(name: str, down: str | None, up: str, back: str = "pass") -> bytes:
    return (
        f"import sqlalchemy as sa\nfrom alembic import op\nrevision = {name!r}\ndown_revision = {down!r}\n"
        f"def upgrade():\n    {up}\ndef downgrade():\n    {back}\n"
    ).encode()


CREATE = 'op.create_table("item", sa.Column("id", sa.Integer, primary_key=True))'
PROJECT = {
    "alembic.ini": b"[alembic]\nscript_location = %(here)s/db\nprepend_sys_path = .\nsqlalchemy.url = sqlite://\n",
    "db/env.py": ENV, "models.py": MODELS,
    "db/versions/1_first.py": revision("a1", None, CREATE, 'op.drop_table("item")'),
    "db/versions/2_name.py": revision(
        "a2", "a1", 'op.add_column("item", sa.Column("name", sa.Text))', 'op.drop_column("item", "name")'
    ),
}  # fmt: skip
NEEDS = ("alembic",)


@pytest.fixture
def told(read: Read) -> Callable[..., Reading]:
    def run(changes: Mapping[str, bytes | None] = {}, needs: tuple[str, ...] = NEEDS) -> Reading:
        files = {path: text for path, text in {**PROJECT, **changes}.items() if text is not None}
        return read("migrations", files, needs=needs)

    return run


@pytest.mark.slow
def test_revisions_that_go_there_and_back_and_make_the_models_pass(told: Callable[..., Reading]) -> None:
    found = told()
    assert found.outcome is Outcome.PASSED, found
    assert (found.detail, dict(found.counts)) == ("", {})


@pytest.mark.slow
def test_models_that_went_their_own_way_are_told_by_what_differs(told: Callable[..., Reading]) -> None:
    more = MODELS.replace(b"Text))", b'Text), Column("price", Integer))')
    assert dict(told({"models.py": more}).counts) == {"alembic.ini|model-drift add_column item.price": 1}


@pytest.mark.slow
def test_what_breaks_on_the_way_is_told_where_it_is(told: Callable[..., Reading]) -> None:
    path = "db/versions/2_name.py"
    up = told({path: revision("a2", "a1", 'op.execute("SELECT no_such_thing()")', 'op.execute("SELECT 1")')})
    assert list(up.counts) == [f"{path}|migration-fails"]
    assert up.why[f"{path}|migration-fails"].startswith("line 6: OperationalError")
    assert up.metrics["broken"] == 1.0
    add = 'op.add_column("item", sa.Column("name", sa.Text))'
    back = told({path: revision("a2", "a1", add, 'op.drop_table("nothing")')})
    assert list(back.counts) == [f"{path}|warning downgrade-fails"]
    again = told({"db/versions/1_first.py": revision("a1", None, CREATE, "op.execute('SELECT 1')")})
    assert list(again.counts) == ["db/versions/1_first.py|warning upgrade-again-fails"]
    assert "broken" not in again.metrics
    bare = told({path: revision("a2", "a1", add)})
    assert list(bare.counts) == [f"{path}|warning no-downgrade"]


@pytest.mark.slow
def test_what_cannot_be_run_is_told_and_refuses_nothing(told: Callable[..., Reading]) -> None:
    ini = PROJECT["alembic.ini"]
    other = told({"alembic.ini": ini.replace(b"sqlite://", b"postgresql+psycopg://localhost/x")})
    bare = told({"db/env.py": b"import os\n" + ENV.replace(b'("alembic")', b'(os.environ["DATABASE"])')})
    none = told({}, ("pytest",))
    for found, word in ((other, "psycopg"), (bare, "DATABASE"), (none, "alembic is not among")):
        assert (found.outcome, found.metrics["unrun"]) == (Outcome.PASSED, 1.0), found
        assert word in found.detail
        assert "[verify] weekly" in found.detail


def test_what_the_files_say_is_enough_to_refuse(told: Callable[..., Reading]) -> None:
    second = revision("a3", "a1", "op.execute('SELECT 1')", "op.execute('SELECT 1')")
    found = told({"db/versions/3_other.py": second}, ("pytest",))
    assert list(found.counts) == ["alembic.ini|several-heads"]
    assert found.why["alembic.ini|several-heads"].startswith("2 heads: a2 (db/versions/2_name.py), a3")


def test_of_two_projects_neither_hides_what_is_wrong_with_the_other(read: Read) -> None:
    def migration(*needs: str) -> bytes:
        listed = [("core", one) for one in needs]
        return f"class Migration(m.Migration):\n    dependencies = {listed}\n".encode()

    manage = b"os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'conf.settings')\n"
    files: dict[str, bytes] = {}
    for top in ("one", "two"):
        files |= {f"{top}/manage.py": manage, f"{top}/core/migrations/__init__.py": b""}
        files[f"{top}/core/migrations/0001_a.py"] = migration()
    files |= {f"two/core/migrations/000{n}_b.py": migration("0001_a") for n in (2, 3)}
    found = read("migrations", files, needs=("pytest",))
    assert list(found.counts) == ["two/core/migrations/__init__.py|several-heads"]
    assert "one/manage.py was not run" in found.detail


@pytest.mark.slow
def test_programs_that_end_early_prove_nothing(told: Callable[..., Reading]) -> None:
    assert told({"db/env.py": b"import os\nos._exit(0)\n"}).outcome is Outcome.UNKNOWN
    assert "SystemExit" in told({"db/env.py": b"raise SystemExit(0)\n"}).detail


def test_it_looks_where_migrations_are_touched_and_once_a_week() -> None:
    def contents(paths: list[str], size_max: int) -> list[tuple[str, bytes]]:
        return [(path, PROJECT[path]) for path in paths]

    def absent(*changed: str, **settings: object) -> str:
        files, start = frozenset(PROJECT), lambda argv, **_: None
        scene = Scene(files, "/", {}, changed, {}, "/p", start, contents=contents)
        return open(Settings(**settings), None).absent(scene)

    assert absent("db/versions/2_name.py") == absent("alembic.ini") == absent(always=True) == ""
    assert absent("models.py") == "no migration is changed"
    assert absent("alembic.ini", off=True) == "[verify] leave_out names it"
    assert absent("alembic.ini", leave_out=("db",)) == "no migrations of Alembic or Django"
    assert list(open(Settings(), None).further({}, 3)) == ["migrations"]
    assert open(Settings(), None).further({}, 2) == {}
