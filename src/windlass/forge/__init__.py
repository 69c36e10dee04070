"""Where the main branch that counts lives: the user's repository, or a host of code.

Owns: the port of code hosts, what they answer.  Never: tests, decides what lands.  Start at: port.py.
"""

from windlass.forge.here import Here
from windlass.forge.model import Rejected, Unreachable
from windlass.forge.patience import Patient
from windlass.forge.port import FORGES, Forge

__all__ = ["FORGES", "Forge", "Here", "Patient", "Rejected", "Unreachable"]
