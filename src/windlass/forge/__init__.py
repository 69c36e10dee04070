"""Where the main branch that counts lives: the user's repository, or a host of code.

Owns: the ports of code hosts and pull requests, what they answer.  Never: decides what lands.
Start at: port.py, pulls.py.
"""

from windlass.forge.here import Here
from windlass.forge.model import Rejected, Unreachable
from windlass.forge.patience import Patient
from windlass.forge.port import FORGES, Forge
from windlass.forge.pulls import Light, Offer, Pull, Pulls
from windlass.forge.words import clean

__all__ = [
    "FORGES", "Forge", "Here", "Light", "Offer", "Patient", "Pull", "Pulls", "Rejected", "Unreachable",
    "clean",
]  # fmt: skip
