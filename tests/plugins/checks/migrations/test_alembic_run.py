"""How the program inside names what it saw; what it does is in test_migrations.py."""

from types import SimpleNamespace

import pytest

from windlass.plugins.checks.migrations.alembic_run import Look, named
from windlass.plugins.checks.migrations.inside import attempt

ORDER = {"config": "alembic.ini", "folder": "", "back": True, "limit_s": 60}
TABLE = SimpleNamespace(name="item")


@pytest.mark.parametrize(
    ("diff", "words"),
    [
        (("add_table", TABLE), "add_table item"),
        (("add_column", None, "item", SimpleNamespace(name="price")), "add_column item.price"),
        (("modify_nullable", "s", "item", "price", {}, True, False), "modify_nullable item.price"),
        (("add_index", SimpleNamespace(name="ix", table=TABLE)), "add_index item.ix"),
        (("differs", None, "", ""), "differs ."),
    ],
)
def test_a_difference_is_named_by_what_it_is_about(diff: tuple[object, ...], words: str) -> None:
    assert named(diff) == words


def test_an_error_goes_on_record() -> None:
    look = Look(ORDER)
    error = attempt(lambda: int("x"))
    assert error is not None
    look.fault("migration-fails", error)
    assert look.faults[0]["text"].startswith("ValueError: invalid literal")
