"""Read contracts and documents of a tree for faults, inside the sandbox; outside, only what was told of them.

Owns: what is valid in OpenAPI, AsyncAPI, JSON Schema and Markdown.  Never: follows a link out of the tree.
Start at: inside.py, then contracts.py and documents.py.
"""

from windlass.papers.starting import KINDS, REPORT, argv, lent
from windlass.papers.told import WARNING, Fault, Told, parse_told
from windlass.papers.walk import pattern

__all__ = ["KINDS", "REPORT", "WARNING", "Fault", "Told", "argv", "lent", "parse_told", "pattern"]
