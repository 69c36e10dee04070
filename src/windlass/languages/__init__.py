"""Know how projects in other languages than Python are checked, and read what their tools report.

Owns: commands, toolchains, forms of reports.  Never: runs a program.  Start at: suites.py.
"""

from windlass.languages import reports
from windlass.languages.suites import Suite, languages_of, suites_of
from windlass.languages.toolchain import Toolchain, toolchain_of

__all__ = ["Suite", "Toolchain", "languages_of", "reports", "suites_of", "toolchain_of"]
