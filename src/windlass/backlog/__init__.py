"""Know what could be done: findings grouped into items, each with a score.

Owns: repositories, scans, findings, items.  Never: starts work or changes code.
Start at: controller.py (discover), then reconcile.py, wsjf.py.
"""

from windlass.backlog.backlog_file import Imported, export_backlog, import_backlog
from windlass.backlog.controller import discover, ranked
from windlass.backlog.identity import comment_group, distinct, rule_group
from windlass.backlog.model import (
    ITEM,
    SCALE,
    Discovery,
    Finding,
    Hit,
    Item,
    ItemState,
    Report,
    Repository,
    Score,
    Tally,
    Urgency,
)
from windlass.backlog.rank import Ranked, RankSettings
from windlass.backlog.records.findings import findings
from windlass.backlog.records.items import (
    Draft,
    add_item,
    edit_item,
    item,
    items,
    move_item,
    repositories,
    repository,
    route_item,
    set_score,
    set_slice,
    tend,
)
from windlass.backlog.source import SOURCES, Cache, Source, View
from windlass.backlog.wsjf import band, wsjf

__all__ = [
    "ITEM", "SCALE", "SOURCES", "Cache", "Discovery", "Draft", "Finding", "Hit", "Imported", "Item",
    "ItemState", "RankSettings", "Ranked", "Report", "Repository", "Score", "Source", "Tally", "Urgency",
    "View", "add_item", "band", "comment_group", "discover", "distinct", "edit_item", "export_backlog",
    "findings", "import_backlog", "item", "items", "move_item", "ranked", "repositories", "repository",
    "route_item", "rule_group", "set_score", "set_slice", "tend", "wsjf",
]  # fmt: skip
