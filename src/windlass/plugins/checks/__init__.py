"""Kinds of checks: one file each, opened by `windlass.verify.CHECKS`."""
