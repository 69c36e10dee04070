"""One process that has imported windlass, for the journeys whose story does not begin with Python."""

from collections.abc import Iterator

import pytest

from tests.journeys.warm import Warm


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm]:
    with Warm() as made:
        yield made
