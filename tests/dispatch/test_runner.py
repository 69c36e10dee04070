"""The family of runners is what lies in its folder."""

import pytest

from windlass.dispatch import RUNNERS
from windlass.kernel import NotFound, Tools


def test_the_built_in_kinds_are_found() -> None:
    assert {"command", "mechanic"} <= set(RUNNERS.kinds())


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(NotFound) as failed:
        RUNNERS.open("wizard", {}, Tools(lambda: 1.0, lambda *a, **k: None, str))
    assert "mechanic" in failed.value.hint
