"""Foresee which work cannot be merged with which, and settle the conflicts that have one answer.

Owns: radar and matrix, merge drivers, resolutions, the account of conflicts.  Never: lands anything.
Start at: matrix.py, settling.py.
"""

from windlass.conflicts import account, generated
from windlass.conflicts.live import live
from windlass.conflicts.matrix import Matrix, matrix
from windlass.conflicts.model import Clash, Met, Settled, Unsettled
from windlass.conflicts.radar import radar
from windlass.conflicts.settler import settle
from windlass.conflicts.settling import settle_again

__all__ = [
    "Clash", "Matrix", "Met", "Settled", "Unsettled", "account", "generated", "live", "matrix", "radar",
    "settle", "settle_again",
]  # fmt: skip
