"""Answer over HTTP exactly what the contracts say: tools, resources, streams, health.

Owns: routes, the guard in front of them, problem documents.  Never: decides anything.
Start at: app.py, then bind.py.
"""

from windlass.web.app import WebSettings, create_app, settings_for
from windlass.web.bind import Drift

__all__ = ["Drift", "WebSettings", "create_app", "settings_for"]
