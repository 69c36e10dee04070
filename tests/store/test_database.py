"""Opening a database by url."""

import pytest

from windlass.kernel import Invalid
from windlass.store import open_database


def test_an_unknown_url_names_what_is_possible() -> None:
    with pytest.raises(Invalid) as caught:
        open_database("mysql://x")
    assert "postgresql://" in caught.value.hint
