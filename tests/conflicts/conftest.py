from pathlib import Path

import pytest
from tests.land.conftest import Plant, plant

from windlass.workspace import Mirror

__all__ = ["Plant", "plant"]


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    return Mirror.create(tmp_path / "mirror")
