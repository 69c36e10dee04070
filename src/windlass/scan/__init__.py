"""Read texts for what should not be there: secrets, dependencies with advisories, licences.

Owns: what a secret looks like, which versions an advisory is about.  Never: runs a program, uses the network.
Start at: secret.py, advisory.py.
"""

from windlass.scan import database, licence, lockfile, sarif
from windlass.scan.advisory import about
from windlass.scan.sbom import sbom
from windlass.scan.secret import BLOB_MAX, Secret, allowed, find
from windlass.scan.shapes import SHAPES, bits

__all__ = [
    "BLOB_MAX", "SHAPES", "Secret", "about", "allowed", "bits", "database", "find", "licence", "lockfile",
    "sarif", "sbom",
]  # fmt: skip
