"""Taking back what windlass landed, as a person asks for it."""

import pytest
from tests.app.shop import Shop

from windlass.app.reverting import Reverting
from windlass.kernel import NotFound


def test_only_what_windlass_landed_is_taken_back(shop: Shop) -> None:
    plant = shop.open()
    with pytest.raises(NotFound, match="windlass has landed no commit"):
        Reverting(plant).by_hand("0123456789", reason="", by="ada")
