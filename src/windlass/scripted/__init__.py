"""A model that follows a script: real agents talk to it, without a key and without a network.

Owns: nothing durable.  Never: thinks, leaves loopback.  Start at: script.py, then turn.py, server.py.
"""

from windlass.scripted.script import Call, Fault, FaultKind, Run, Script, parse_script, read_script
from windlass.scripted.server import Answered, serving
from windlass.scripted.tokens import tokens_of

__all__ = [
    "Answered", "Call", "Fault", "FaultKind", "Run", "Script", "parse_script", "read_script", "serving",
    "tokens_of",
]  # fmt: skip
