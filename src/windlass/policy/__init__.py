"""Say what may happen without a person, and keep what a person decided.

Owns: the supervision gate, the automation scope, decisions.  Never: does the work.  Start at: gate.py.
"""

from windlass.policy.gate import assess, route
from windlass.policy.model import Breach, Change, Decision, Recent, Route, Scope, Work
from windlass.policy.records import answer, ask, decision, open_decisions, withdraw
from windlass.policy.scope import breaches
from windlass.policy.sensitive import restricted, sensitive

__all__ = [
    "Breach", "Change", "Decision", "Recent", "Route", "Scope", "Work", "answer", "ask", "assess", "breaches",
    "decision", "open_decisions", "restricted", "route", "sensitive", "withdraw",
]  # fmt: skip
