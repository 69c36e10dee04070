"""Foresee which work cannot be merged with which, and settle the conflicts that have one answer.

Owns: conflict radar and matrix, merge drivers.  Never: lands anything, moves a branch.  Start at: matrix.py.
"""

from windlass.conflicts.live import live
from windlass.conflicts.matrix import Matrix, matrix
from windlass.conflicts.model import Fit
from windlass.conflicts.radar import Overlap, Radar, radar
from windlass.conflicts.settling import Settled, Unsettled, settle, settle_again

__all__ = [
    "Fit", "Matrix", "Overlap", "Radar", "Settled", "Unsettled", "live", "matrix", "radar", "settle",
    "settle_again",
]  # fmt: skip
