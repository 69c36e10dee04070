"""Both repositories are what the port says; their behaviour is held in tests/conformance."""

import inspect

import pytest

from windlass.workspace import Mirror
from windlass.workspace.memory import MemoryRefs
from windlass.workspace.port import Refs

METHODS = [name for name, _ in inspect.getmembers(Refs, inspect.isfunction) if not name.startswith("_")]


@pytest.mark.parametrize("kind", [Mirror, MemoryRefs])
@pytest.mark.parametrize("method", METHODS)
def test_signatures_are_the_ports(kind, method):
    ours, theirs = (inspect.signature(getattr(owner, method)) for owner in (kind, Refs))
    assert list(ours.parameters.values()) == list(theirs.parameters.values())
