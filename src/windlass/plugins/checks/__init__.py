"""Kinds of checks: one file each, opened by the room `verify`."""
