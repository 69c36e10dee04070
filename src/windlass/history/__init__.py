"""Remember what a command changed, before and after, so that it can be taken back and done again.

Owns: operations.  Never: knows what the changed rows mean; rooms declare them.
Start at: keeping.py, then undoing.py.
"""

from windlass.history.keeping import final, recording
from windlass.history.model import Act, Change, Image, Operation, OperationState, Thing
from windlass.history.records import operation, operations
from windlass.history.undoing import redo, undo

__all__ = [
    "Act", "Change", "Image", "Operation", "OperationState", "Thing", "final", "operation", "operations",
    "recording", "redo", "undo",
]  # fmt: skip
