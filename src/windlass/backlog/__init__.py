"""Know what could be done: findings grouped into items, each with a score.

Owns: repositories, scans, findings, items.  Never: starts work or changes code.
Start at: controller.py (discover), then reconcile.py, wsjf.py.
"""

from windlass.backlog.acceptance import check_acceptance
from windlass.backlog.backlog_file import Imported, export_backlog, import_backlog
from windlass.backlog.controller import discover, ranked
from windlass.backlog.identity import comment_group, rule_group
from windlass.backlog.model import (
    Discovery,
    Finding,
    Hit,
    Item,
    ItemState,
    Report,
    Repository,
    Score,
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
    route_item,
    set_score,
    tend,
)
from windlass.backlog.source import SOURCES, Source, View
from windlass.backlog.undoing import ITEM_THINGS
from windlass.backlog.wsjf import wsjf

__all__ = [
    "ITEM_THINGS", "SOURCES", "Discovery", "Draft", "Finding", "Hit", "Imported", "Item", "ItemState",
    "RankSettings", "Ranked", "Report", "Repository", "Score", "Source", "View", "add_item",
    "check_acceptance", "comment_group", "discover", "edit_item", "export_backlog", "findings",
    "import_backlog", "item", "items", "move_item", "ranked", "repositories", "route_item", "rule_group",
    "set_score", "tend", "wsjf",
]  # fmt: skip
