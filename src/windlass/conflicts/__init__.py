"""Foresee which work cannot be merged with which, and settle the conflicts that have one answer.

Owns: the conflict radar, the conflict matrix.  Never: lands anything, moves a branch.  Start at: matrix.py.
"""

from windlass.conflicts.live import live
from windlass.conflicts.matrix import Matrix, matrix
from windlass.conflicts.model import Fit
from windlass.conflicts.radar import Overlap, Radar, radar

__all__ = ["Fit", "Matrix", "Overlap", "Radar", "live", "matrix", "radar"]
