"""Everything that comes in many kinds: sources, runners, checks, forges.

Owns: one folder per family, one module per kind.  Never: named by another room.  Start at: kernel/plugin.py.
"""
