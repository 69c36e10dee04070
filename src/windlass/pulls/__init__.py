"""Pull requests at the host: what windlass offers there, and what became of it.

Owns: which landing has which pull request, their words.  Never: moves the main branch, believes a title.
Start at: controller.py.
"""

from windlass.pulls.controller import tick

__all__ = ["tick"]
