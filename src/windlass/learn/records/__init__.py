"""The SQL of runs and of the figures of flow. Each function is part of one transaction of its caller."""

from windlass.learn.records.flow import facts, landed_alone, repositories
from windlass.learn.records.runs import find_run, finish_run, proofs, start_run

__all__ = ["facts", "find_run", "finish_run", "landed_alone", "proofs", "repositories", "start_run"]
