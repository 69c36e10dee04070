"""The contract files: found in a checkout or in the installed package, and read strictly as YAML 1.2.

YAML 1.1, which the library reads by itself, takes `no` for false and times for objects; a contract says
neither.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from windlass.kernel import WindlassError

OPENAPI: Final = "openapi.yaml"
ASYNCAPI: Final = "asyncapi.yaml"

_PACKAGED: Final = Path(__file__).parent / "documents"
_CHECKOUT: Final = Path(__file__).parents[3] / "contracts"


class ContractBroken(WindlassError):
    """A contract file is missing or wrong, or the code does not keep it: a bug of ours."""


@dataclass(frozen=True, slots=True)
class Document:
    """One contract file: its text as it was written, and what it says."""

    name: str
    text: bytes
    tree: Mapping[str, Any]

    @property
    def schemas(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.tree["components"]["schemas"]
        return found

    @property
    def schema_digest(self) -> str:
        """A digest of the schemas alone: what generated models depend on."""
        told = json.dumps(self.schemas, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(told.encode()).hexdigest()


@cache
def load_document(name: str) -> Document:
    """Read a contract file; once per process."""
    path = next((folder / name for folder in (_PACKAGED, _CHECKOUT) if (folder / name).is_file()), None)
    if path is None:
        raise ContractBroken(f"the contract {name!r} is not installed", hint="install windlass again")
    return read_document(path)


def read_document(path: Path) -> Document:
    """Read one file, without remembering it."""
    text = path.read_bytes()
    try:
        tree = yaml.load(text, _Core)  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise ContractBroken(f"the contract {path.name!r} cannot be read: {error}") from error
    if not isinstance(tree, dict):
        raise ContractBroken(f"the contract {path.name!r} is no mapping")
    return Document(path.name, text, tree)


class _Core(yaml.CSafeLoader):
    """The core schema of YAML 1.2, and no member twice."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - the library's own shape

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [self.construct_object(key, deep=True) for key, _ in node.value]
        if twice := {name for name in names if names.count(name) > 1}:
            raise yaml.constructor.ConstructorError(None, None, f"{sorted(twice)} twice", node.start_mark)
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return made


for _tag, _pattern, _first in (
    ("bool", r"true|false", "tf"),
    ("null", r"null|~|", "n~\0"),
    ("int", r"[-+]?[0-9]+", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
):
    for _letter in _first:
        _Core.yaml_implicit_resolvers.setdefault(_letter.replace("\0", ""), []).append(
            (f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"))
        )
