"""Mutation testing of a repository under care."""

import pytest
from tests.app.shop import Shop

from windlass.app.mutating import Asked
from windlass.app.ratcheting import Ratcheting
from windlass.kernel import NotFound


def test_a_change_without_code_has_nothing_to_try_and_a_wrong_name_is_told(shop: Shop) -> None:
    mutating = Ratcheting(shop.open()).mutating()
    assert mutating.change("HEAD", "", Asked()).tried == ()
    with pytest.raises(NotFound, match="no branch or commit here"):
        mutating.change("HEAD", "nowhere", Asked())
