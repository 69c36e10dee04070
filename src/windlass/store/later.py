"""A module that is imported when it is first used: who needs no PostgreSQL and no migration does not pay for
their libraries, which are half of what `windlass status` costs.
"""

import importlib
from typing import Any


class Later:
    """Stands for the module `name`. The import takes Python's own lock, so any thread may be the first."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(importlib.import_module(self._name), attribute)
        self.__dict__[attribute] = found
        return found
