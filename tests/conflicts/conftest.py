from tests.land.conftest import Plant, plant

__all__ = ["Plant", "plant"]
