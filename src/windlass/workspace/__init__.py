"""Read, merge and land commits, and lend attempts a repository of their own: the only code that runs git.

Owns: mirrors, attempts, imported objects, reference moves.  Never: runs git where an agent could write.
Start at: mirror.py (the canonical repository), then attempt.py, importer.py, checkout.py.
"""

from windlass.workspace.attempt import Attempt
from windlass.workspace.checkout import Checkout
from windlass.workspace.importer import import_pack, line_of
from windlass.workspace.mirror import Mirror
from windlass.workspace.model import (
    Author,
    Change,
    Conflicted,
    Entry,
    ImportBudget,
    Moved,
    Refused,
)
from windlass.workspace.names import bad_name
from windlass.workspace.protection import protected
from windlass.workspace.warm import lent_checkout

__all__ = [
    "Attempt", "Author", "Change", "Checkout", "Conflicted", "Entry", "ImportBudget", "Mirror", "Moved",
    "Refused", "bad_name", "import_pack", "lent_checkout", "line_of", "protected",
]  # fmt: skip
