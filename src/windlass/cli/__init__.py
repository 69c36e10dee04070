"""The command line: parse, call a room, print.

Owns: words, exit codes and layout.  Never: decides anything.  Start at: table.py, then root.py.
"""

from windlass.cli.root import main

__all__ = ["main"]
