"""Tokens of a data home are reached without a repository."""

import pytest

from windlass import backlog
from windlass.app.access import open_access
from windlass.kernel import NotFound


@pytest.fixture
def env(tmp_path):
    return {"WINDLASS_HOME": str(tmp_path / "home"), "HOME": str(tmp_path), "WINDLASS_CONFIG": "/dev/null"}


def test_repositories_are_named_by_name(env):
    with open_access(env) as access:
        made = access.database.write(lambda tx: backlog.tend(tx, "shop", "/srv/shop", "main", tx.now()))
        assert access.repository("shop") == made.id
        with pytest.raises(NotFound, match="no repository 'store'") as caught:
            access.repository("store")
    assert "shop" in caught.value.hint


def test_a_data_home_without_repositories_says_so(env):
    with open_access(env) as access, pytest.raises(NotFound) as caught:
        access.repository("shop")
    assert caught.value.hint == "known: none"
