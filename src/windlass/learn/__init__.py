"""Tell what a run found, did, refused and landed, and how work flows, from what was recorded.

Owns: runs, reports, figures.  Never: decides anything itself.  Start at: report.py, flow.py.
"""

from windlass.learn.document import to_json
from windlass.learn.figures import document, figures, lines
from windlass.learn.flow import Reading
from windlass.learn.model import Report
from windlass.learn.records import find_run, finish_run, landed_alone, start_run
from windlass.learn.render import render
from windlass.learn.report import report

__all__ = [
    "Reading", "Report", "document", "figures", "find_run", "finish_run", "landed_alone", "lines", "render",
    "report", "start_run", "to_json",
]  # fmt: skip
