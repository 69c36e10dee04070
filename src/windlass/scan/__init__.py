"""Read texts for what should not be there.

Owns: what a secret looks like.  Never: runs a program, prints a secret.  Start at: secret.py.
"""

from windlass.scan.secret import BLOB_MAX, Secret, allowed, find
from windlass.scan.shapes import SHAPES, bits

__all__ = ["BLOB_MAX", "SHAPES", "Secret", "allowed", "bits", "find"]
