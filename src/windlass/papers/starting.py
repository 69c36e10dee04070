"""How the look is started: our own interpreter and packages, shown to the sandbox where they lie here.

Its work is done in there because neither a validator nor a Markdown parser can be interrupted: what a
repository writes into a schema may keep one of them busy for years.
"""

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

PACKAGES: Final = ("yaml", "jsonschema_rs", "markdown_it", "mdurl", "websockets")
KINDS: Final = ("contracts", "documents")
REPORT: Final = "papers.json"
HERE: Final = "papers"
PYTHON: Final = "python"
"""What the places are called among the programs of a scene."""
_START: Final = """
import sys, types
room = types.ModuleType("windlass")
room.__path__ = [sys.argv[1]]
sys.modules["windlass"] = room
sys.path += sys.argv[4].split(":")
from windlass.papers.inside import main
main(sys.argv[2], sys.argv[3])
"""
"""The house itself is not in there, and none of it is needed."""


def lent(python: str) -> dict[str, str]:
    """Places that the sandbox has to show, by name: this room, what it imports, and our interpreter."""
    return {PYTHON: python, **_lent()}


@cache
def _lent() -> dict[str, str]:
    found = {HERE: str(Path(__file__).parent)}
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is not None and spec.submodule_search_locations:
            found[f"{HERE}:{name}"] = os.path.realpath(spec.submodule_search_locations[0])
    return found


def argv(tools: Mapping[str, str], kind: str, options: Mapping[str, Any]) -> Sequence[str]:
    """The command for one kind of look; empty where the scene does not show what it needs."""
    names = [f"{HERE}:{name}" for name in PACKAGES]
    if not {PYTHON, HERE, *names} <= tools.keys():
        return ()
    parents = dict.fromkeys(os.path.dirname(tools[name]) for name in names)
    order = json.dumps({**options, "kind": kind})
    return (
        tools[PYTHON], "-I", "-S", "-c", _START, os.path.dirname(tools[HERE]), order, f"{{out}}/{REPORT}",
        ":".join(parents),
    )  # fmt: skip
