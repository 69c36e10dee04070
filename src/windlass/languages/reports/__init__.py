"""Read what tools of any language report: results of tests, and the lines they ran.

Every reader is pure. What it reads was written beside hostile code: bounded, no entities, no surprises.
"""

from windlass.languages.reports.findings import Findings
from windlass.languages.reports.junit import read_cases
from windlass.languages.reports.model import BadReport, Lines, Report, gathered
from windlass.languages.reports.placing import Places
from windlass.languages.reports.source import (
    ROLES,
    Source,
    aside,
    findings,
    lines,
    lines_source,
    results,
    source,
)

__all__ = [
    "ROLES", "BadReport", "Findings", "Lines", "Places", "Report", "Source", "aside", "findings", "gathered",
    "lines", "lines_source", "read_cases", "results", "source",
]  # fmt: skip
