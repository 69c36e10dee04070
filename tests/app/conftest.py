"""A shop for a test; the same on PostgreSQL where a test asks for it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.shop import Shop, new_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """One file to mend, on SQLite in the data home."""
    made = new_shop(tmp_path / "plant")
    yield made
    made.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def any_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """One file to mend, on both databases."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
    made = new_shop(tmp_path / "plant", database=url)
    yield made
    made.close()
