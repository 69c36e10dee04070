"""Say what may happen without a person, and keep what a person decided.

Owns: the supervision gate, automation scope, decisions, pauses.  Never: does the work.  Start at: gate.py.
"""

from windlass.policy import sensitive_paths
from windlass.policy.gate import assess, calm, route
from windlass.policy.model import Assessment, Breach, Change, Decision, Recent, Route, Scope, Work
from windlass.policy.records import pauses
from windlass.policy.records.decisions import answer, ask, decision, last_asked, open_decisions, withdraw
from windlass.policy.scope import breaches

__all__ = [
    "Assessment", "Breach", "Change", "Decision", "Recent", "Route", "Scope", "Work", "answer", "ask",
    "assess", "breaches", "calm", "decision", "last_asked", "open_decisions", "pauses", "route",
    "sensitive_paths", "withdraw",
]  # fmt: skip
