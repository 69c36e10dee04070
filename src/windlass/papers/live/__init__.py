"""Start a service inside the sandbox and hold what it answers against its contracts.

Owns: what is asked of a service, and what its answers have to be.  Never: asks another host.
Start at: looking.py, then asking.py, sockets.py and drift.py.
"""

from windlass.papers.live.looking import look

__all__ = ["look"]
