"""What is not used is not imported."""

import json
import subprocess
import sys

from windlass.store.later import Later

HEAVY = ("alembic", "dbos", "psycopg", "sqlalchemy")


def test_the_module_is_imported_at_the_first_use() -> None:
    colors = Later("colorsys")
    sys.modules.pop("colorsys", None)
    assert colors.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0)
    assert "colorsys" in sys.modules


def test_a_sqlite_database_of_the_newest_schema_needs_no_heavy_library(tmp_path) -> None:
    program = (
        "import json, sys; from windlass.store import migrate, open_database;"
        " d = open_database(sys.argv[1]); migrate(d); d.close();"
        f" print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))"
    )
    words = [sys.executable, "-c", program, f"sqlite:///{tmp_path}/one.db"]
    loaded = [
        json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout) for _ in "12"
    ]
    assert loaded == [["alembic", "psycopg", "sqlalchemy"], []]
