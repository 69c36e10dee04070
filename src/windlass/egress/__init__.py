"""The one way from a sandbox to the internet: a proxy that tunnels to the hosts an owner allowed.

Owns: the allow-list's rule, tunnels.  Never: looks into a tunnel, dials an address of the own network.
Start at: rule.py, then tunnel.py.
"""

from windlass.egress.egress import Egress, Open
from windlass.egress.model import Limits, Outcome, Passage, Policy
from windlass.egress.rule import Rule, parse_rule, rule_problem

__all__ = ["Egress", "Limits", "Open", "Outcome", "Passage", "Policy", "Rule", "parse_rule", "rule_problem"]
