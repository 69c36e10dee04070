"""Where findings come from: one module per kind, each with `Settings` and `open(settings, tools)`.

Owns: reading trees and tool output.  Never: the database, other kinds.  Start at: comments/__init__.py.
"""
