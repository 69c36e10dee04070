"""Tasks and leases in the database. Each function is part of one transaction of its caller."""

from windlass.dispatch.records import budgets, chain, entries, grounds, lanes, matches, roster, talk, verdicts
from windlass.dispatch.records.braided import claim_braided
from windlass.dispatch.records.claims import claim, claim_within
from windlass.dispatch.records.filing import add_task, lane_id
from windlass.dispatch.records.leases import (
    give_up,
    hold,
    note_sandbox,
    release,
    release_node,
    renew,
    submit,
    sweep,
)  # fmt: skip
from windlass.dispatch.records.packs import drop_packs, keep_pack, kept_pack
from windlass.dispatch.records.reads import (
    attempts,
    current_submission,
    lease_of,
    leases,
    messages,
    silent_nodes,
    submission,
    submitted,
    task,
    tasks,
    tasks_of_item,
)  # fmt: skip
from windlass.dispatch.records.talk import say
from windlass.dispatch.records.verdicts import block, cancel, complete, reject, requeue, unblock

__all__ = [
    "add_task", "attempts", "block", "budgets", "cancel", "chain", "claim", "claim_braided", "claim_within",
    "complete", "current_submission", "drop_packs", "entries", "give_up", "grounds", "hold", "keep_pack",
    "kept_pack", "lane_id", "lanes", "lease_of", "leases", "matches", "messages", "note_sandbox", "reject",
    "release", "release_node", "renew", "requeue", "roster", "say", "silent_nodes", "submission", "submit",
    "submitted", "sweep", "talk", "task", "tasks", "tasks_of_item", "unblock", "verdicts",
]  # fmt: skip
