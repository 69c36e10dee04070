"""Tell what a run found, did, refused and landed, and why, from what was recorded.

Owns: runs, reports.  Never: measures or decides anything itself.  Start at: report.py.
"""

from windlass.learn.document import to_json
from windlass.learn.model import Report
from windlass.learn.records import finish_run, start_run
from windlass.learn.render import render
from windlass.learn.report import report

__all__ = ["Report", "finish_run", "render", "report", "start_run", "to_json"]
