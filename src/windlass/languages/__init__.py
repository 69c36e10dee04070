"""Know how projects in other languages than Python are checked, and read what their tools report.

Owns: commands, toolchains, forms of reports.  Never: runs a program.  Start at: suites.py.
"""

from windlass.languages import lockfile, reports
from windlass.languages.lockfile import Tarball
from windlass.languages.model import Suite
from windlass.languages.node import SCRIPTS
from windlass.languages.suites import PYTHON, languages_of, scripts_of, suites_of
from windlass.languages.toolchain import Toolchain, toolchain_of

__all__ = [
    "PYTHON", "SCRIPTS", "Suite", "Tarball", "Toolchain", "languages_of", "lockfile", "reports", "scripts_of",
    "suites_of", "toolchain_of",
]  # fmt: skip
