"""Say what may happen without a person, and keep what a person decided.

Owns: the supervision gate, the automation scope, decisions.  Never: does the work.  Start at: gate.py.
"""

from windlass.policy.gate import assess, calm, route
from windlass.policy.model import Assessment, Breach, Change, Decision, Recent, Route, Scope, Work
from windlass.policy.records import answer, ask, decision, last_asked, open_decisions, withdraw
from windlass.policy.scope import breaches
from windlass.policy.sensitive_paths import restricted, sensitive

__all__ = [
    "Assessment", "Breach", "Change", "Decision", "Recent", "Route", "Scope", "Work", "answer", "ask",
    "assess", "breaches", "calm", "decision", "last_asked", "open_decisions", "restricted", "route",
    "sensitive", "withdraw",
]  # fmt: skip
