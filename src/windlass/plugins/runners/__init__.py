"""Runners: who does the work of a task. One file per kind; the port is `windlass.dispatch.Runner`."""
