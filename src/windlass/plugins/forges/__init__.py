"""Hosts of code that windlass lands on, one file each."""
