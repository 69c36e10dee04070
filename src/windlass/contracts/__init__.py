"""Know the contracts: load them, say what each operation takes and gives, and hold values against them.

Owns: the contract files, the models made from them, problem documents.  Never: serves or decides.
Start at: document.py, then contract.py.
"""

import importlib
from typing import TYPE_CHECKING, Any

from windlass.contracts.contract import Contract, load_contract
from windlass.contracts.document import ASYNCAPI, OPENAPI, load_document
from windlass.contracts.mistakes import Mistake
from windlass.contracts.model import Operation
from windlass.contracts.problems import Unfit, problem
from windlass.contracts.strict import Malformed, parse_json

if TYPE_CHECKING:
    from windlass.contracts.generated import models

__all__ = [
    "ASYNCAPI", "OPENAPI", "Contract", "Malformed", "Mistake", "Operation", "Unfit", "load_contract",
    "load_document", "models", "parse_json", "problem",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """The models load on first use: they bring pydantic along, which most callers do not need."""
    if name != "models":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module("windlass.contracts.generated.models")
