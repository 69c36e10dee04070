"""Start a service inside the sandbox and hold what it answers against its contracts.

Owns: what is asked of a service, and what its answers have to be.  Never: asks another host.
Start at: look.py, then asking.py, sockets.py and drift.py.
"""

from windlass.papers.live.look import look

__all__ = ["look"]
