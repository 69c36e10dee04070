"""Evidence and verdicts. Evidence for one (tree, check, environment) is written once; only unknown is
replaced by better.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from windlass.events import Subject, append
from windlass.kernel import iso
from windlass.store import Row, Transaction
from windlass.verify.expecting import Cost
from windlass.verify.lines import packed, unpacked
from windlass.verify.model import Base, Cycle, Evidence, Judgement, Outcome, Reading, Shown, shortened

_REASONS_MAX = 100
MAPS_MAX = 4
_IMPORTED = '{"origin":%'
"""How the payload of evidence of another data home begins."""


def evidence(tx: Transaction, tree: str, check: str, environment: str) -> Evidence | None:
    """What is known of this check on this tree in this environment, UNKNOWN included."""
    row = tx.row(
        "SELECT * FROM wl_evidence WHERE tree_oid = :tree AND check_id = :check"
        " AND environment = :environment",
        tree=tree, check=check, environment=environment,
    )  # fmt: skip
    return None if row is None else _evidence(row)


def newest_of(tx: Transaction, check: str, environment: str) -> Evidence | None:
    """The newest evidence of a check in an environment, whatever the tree."""
    row = tx.row(
        "SELECT * FROM wl_evidence WHERE check_id = :check AND environment = :environment"
        " ORDER BY at DESC LIMIT 1",
        check=check, environment=environment,
    )  # fmt: skip
    return None if row is None else _evidence(row)


def evidence_of(tx: Transaction, tree: str) -> list[dict[str, object]]:
    """All evidence about a tree as plain rows, oldest first: check, environment, verdict, sandbox, time; of
    another data home's also whose word it is, and since when it is here.
    """
    rows = tx.rows(
        "SELECT check_id, environment, verdict, sandbox, at,"
        " CASE WHEN metrics LIKE :imported THEN metrics ELSE '{}' END AS told"
        " FROM wl_evidence WHERE tree_oid = :tree ORDER BY at, check_id, environment",
        tree=tree, imported=_IMPORTED,
    )  # fmt: skip
    return [
        {"check": row["check_id"], "environment": row["environment"], "verdict": row["verdict"],
         "sandbox": row["sandbox"], "at": iso(row["at"]), **json.loads(row["told"]).get("origin", {})}
        for row in rows
    ]  # fmt: skip


def tellable(tx: Transaction, tree: str) -> list[Evidence]:
    """What was measured here of a tree, and has an outcome."""
    rows = tx.rows(
        "SELECT * FROM wl_evidence WHERE tree_oid = :tree AND verdict <> 'unknown'"
        " AND metrics NOT LIKE :imported ORDER BY check_id, environment",
        tree=tree, imported=_IMPORTED,
    )  # fmt: skip
    return [_evidence(row) for row in rows]


def newest_trees(tx: Transaction, limit: int) -> list[str]:
    """The trees of the newest evidence, newest first."""
    rows = tx.rows(
        "SELECT tree_oid FROM wl_evidence GROUP BY tree_oid ORDER BY max(at) DESC, tree_oid LIMIT :limit",
        limit=limit,
    )
    return [row["tree_oid"] for row in rows]


def adopt(tx: Transaction, found: Evidence, origin: str, now: float) -> bool:
    """Keep evidence of another data home where there is none of ours; whether it was kept. What is measured
    here later takes its place, with its origin.
    """
    return bool(_insert(tx, found, "NOTHING", {"origin": {"origin": origin, "imported": iso(now)}}))


def keep(tx: Transaction, found: Evidence) -> None:
    """Keep evidence; a second run of the same kind replaces the first, except that UNKNOWN never replaces an
    outcome.
    """
    _insert(
        tx, found,
        "UPDATE SET verdict = excluded.verdict, seconds = excluded.seconds, metrics = excluded.metrics,"
        " detail = excluded.detail, sandbox = excluded.sandbox, at = excluded.at"
        " WHERE excluded.verdict <> 'unknown' OR wl_evidence.verdict = 'unknown'",
        {},
    )  # fmt: skip


def _insert(tx: Transaction, found: Evidence, otherwise: str, first: Mapping[str, object]) -> int:
    reading = found.reading
    payload = {
        **first,
        "metrics": dict(reading.metrics), "cases": grouped(reading.cases), "counts": dict(reading.counts),
        "spent": {path: round(seconds, 3) for path, seconds in reading.spent.items()},
        "why": dict(reading.why), **({"lines": packed(reading.lines)} if reading.lines else {}),
    }  # fmt: skip
    return tx.execute(
        "INSERT INTO wl_evidence"  # noqa: S608 - one of two constants
        " (tree_oid, check_id, environment, verdict, seconds, metrics, detail, sandbox, at)"
        " VALUES (:tree, :check, :environment, :verdict, :seconds, :metrics, :detail, :sandbox, :at)"
        f" ON CONFLICT (tree_oid, check_id, environment) DO {otherwise}",
        tree=found.tree, check=found.check, environment=found.environment, verdict=reading.outcome.value,
        seconds=reading.seconds, metrics=json.dumps(payload, separators=(",", ":")),
        detail=shortened(reading.detail), sandbox=found.sandbox, at=found.at,
    )  # fmt: skip


def keep_verdict(tx: Transaction, task: int, fence: int, judgement: Judgement, now: float) -> None:
    """Write the verdict of one submission and its event; the same verdict twice is one row and one event."""
    tier = max(judgement.tiers, default=0)
    before = tx.row(
        "SELECT verdict, base_tree_oid FROM wl_verdict WHERE task_id = :task AND fence = :fence"
        " AND tier = :tier AND tree_oid = :tree",
        task=task, fence=fence, tier=tier, tree=judgement.tree,
    )  # fmt: skip
    tx.execute(
        "INSERT INTO wl_verdict"
        " (task_id, fence, tier, tree_oid, base_tree_oid, verdict, reasons, deferred, seconds, cycle, at)"
        " VALUES (:task, :fence, :tier, :tree, :base, :verdict, :reasons, :deferred, :seconds, :cycle, :at)"
        " ON CONFLICT (task_id, fence, tier, tree_oid) DO UPDATE SET base_tree_oid = excluded.base_tree_oid,"
        " verdict = excluded.verdict, reasons = excluded.reasons, deferred = excluded.deferred,"
        " seconds = excluded.seconds, cycle = excluded.cycle, at = excluded.at",
        task=task, fence=fence, tier=tier, tree=judgement.tree, base=judgement.base_tree,
        verdict=judgement.outcome.value, reasons=_texts(judgement.reasons),
        deferred=_texts([str(one) for one in judgement.deferred]),
        seconds=judgement.seconds, cycle=_cycle_text(judgement.cycle), at=now,
    )  # fmt: skip
    if before is not None and (before["verdict"], before["base_tree_oid"]) == (
        judgement.outcome.value, judgement.base_tree,
    ):  # fmt: skip
        return
    repository = tx.scalar("SELECT repository_id FROM wl_task WHERE id = :task", task=task)
    append(
        tx, f"verdict.{judgement.outcome.value}", now, about=Subject(repository=repository, task=task,
        fence=fence),
        tree=judgement.tree, base_tree=judgement.base_tree, tiers=list(judgement.tiers),
        reasons=list(judgement.reasons[:10]), known=len(judgement.known), flaky=list(judgement.flaky[:10]),
        quarantined=list(judgement.quarantined[:10]), deferred=[str(one) for one in judgement.deferred[:10]],
        seconds=round(judgement.seconds, 3), patch_coverage=judgement.patch.document(),
    )  # fmt: skip


def cycle_of(tx: Transaction, task: int, fence: int) -> Cycle | None:
    """What the micro cycle of a submission showed; None where nothing was asked or it is not judged."""
    text = tx.scalar(
        "SELECT cycle FROM wl_verdict WHERE task_id = :task AND fence = :fence ORDER BY tier DESC LIMIT 1",
        task=task, fence=fence,
    )  # fmt: skip
    told: Mapping[str, Any] = json.loads(text or "{}")
    if not told:
        return None
    shown = tuple(
        Shown(one["check"], Base(one["base"]), Outcome(one["change"]), one["why"], one["asked"])
        for one in told["shown"]
    )
    return Cycle(told["playbook"], told["tree"], told["laid"], shown, tuple(told.get("notes", ())))


def _cycle_text(cycle: Cycle | None) -> str:
    if cycle is None:
        return "{}"
    shown = [
        {"check": one.check, "base": one.base.value, "change": one.change.value,
         "why": shortened(one.why), "asked": one.asked}
        for one in cycle.shown
    ]  # fmt: skip
    told = {
        "playbook": cycle.playbook, "tree": cycle.tree, "laid": cycle.laid, "shown": shown,
        "notes": [shortened(one) for one in cycle.notes],
    }  # fmt: skip
    return json.dumps(told, separators=(",", ":"))


def passed(tx: Transaction, tree: str, base_tree: str) -> bool:
    """Whether the newest verdict on exactly this tree against exactly this base is a pass."""
    newest = tx.scalar(
        "SELECT verdict FROM wl_verdict WHERE tree_oid = :tree AND base_tree_oid = :base"
        " ORDER BY at DESC, tier DESC LIMIT 1",
        tree=tree, base=base_tree,
    )  # fmt: skip
    return bool(newest == Outcome.PASSED.value)


def unjudged(tx: Transaction, repository: int, *, limit: int = 100) -> list[tuple[int, int]]:
    """Tasks of a repository that wait for review and have no verdict on their fence: (task, fence), oldest
    first.
    """
    rows = tx.rows(
        "SELECT t.id, t.fence FROM wl_task t JOIN wl_submission s ON s.task_id = t.id AND s.fence = t.fence"
        " WHERE t.repository_id = :repository AND t.status = 'review_needed' AND t.review = ''"
        " AND NOT EXISTS"
        " (SELECT 1 FROM wl_verdict v WHERE v.task_id = t.id AND v.fence = t.fence)"
        " ORDER BY s.at LIMIT :limit",
        repository=repository, limit=limit,
    )  # fmt: skip
    return [(int(row["id"]), int(row["fence"])) for row in rows]


def recent_failures(tx: Transaction, check: str, environment: str, *, limit: int = 20) -> frozenset[str]:
    """Test ids that failed in the newest failed evidence of a check: the likeliest to fail again."""
    rows = tx.rows(
        "SELECT * FROM wl_evidence WHERE check_id LIKE :check AND environment = :environment"
        " AND verdict = 'failed' ORDER BY at DESC LIMIT :limit",
        check=f"{check}%", environment=environment, limit=limit,
    )  # fmt: skip
    return frozenset(case for row in rows for case in _evidence(row).reading.failures)


def durations(tx: Transaction, check: str, environment: str, *, limit: int = 20) -> dict[str, float]:
    """Seconds per test file by the newest evidence of a check that has them, whole runs and parts alike."""
    rows = tx.rows(
        "SELECT * FROM wl_evidence WHERE check_id LIKE :check AND environment = :environment"
        " ORDER BY at DESC LIMIT :limit",
        check=f"{check}%", environment=environment, limit=limit,
    )  # fmt: skip
    found: dict[str, float] = {}
    for row in reversed(rows):
        found |= _evidence(row).reading.spent
    return found


def _evidence(row: Row) -> Evidence:
    payload: Mapping[str, Any] = json.loads(row["metrics"])
    cases = {case: result for result, ids in payload["cases"].items() for case in ids}
    reading = Reading(
        row["check_id"], Outcome(row["verdict"]), float(row["seconds"]), payload["metrics"], cases,
        payload["counts"], row["detail"], payload.get("spent", {}), payload.get("why", {}),
        lines=unpacked(payload.get("lines", {})),
    )  # fmt: skip
    return Evidence(
        row["tree_oid"], row["check_id"], row["environment"], reading, row["sandbox"], float(row["at"])
    )


def grouped(cases: Mapping[str, str]) -> dict[str, list[str]]:
    """Test ids by result."""
    groups: dict[str, list[str]] = {}
    for case, result in cases.items():
        groups.setdefault(result, []).append(case)
    return groups


def _texts(lines: Sequence[str]) -> str:
    return json.dumps([shortened(line) for line in lines[:_REASONS_MAX]])


def costs(
    tx: Transaction, checks: Sequence[str], environment: str | None, *, limit: int = 20
) -> dict[str, Cost]:
    """Costs of checks that have known evidence, in one environment or, with None, in any."""
    found: dict[str, Cost] = {}
    for check in checks:
        rows = tx.rows(
            "SELECT verdict, seconds FROM wl_evidence WHERE check_id = :check AND verdict <> 'unknown'"
            " AND (:environment = '' OR environment = :environment) ORDER BY at DESC LIMIT :limit",
            check=check, environment=environment or "", limit=limit,
        )  # fmt: skip
        if rows:
            seconds = sum(float(row["seconds"]) for row in rows) / len(rows)
            told = [row["verdict"] for row in rows]
            new = sum(pair == ("failed", "passed") for pair in pairwise(told))
            found[check] = Cost(seconds, len(rows), new)
    return found


@dataclass(frozen=True, slots=True)
class KeptMap:
    """A map of what every test ran, packed, and the tree whose whole run recorded it."""

    tree: str
    at: float
    packed: bytes


def keep_map(tx: Transaction, repository: int, found: KeptMap, check: str, environment: str) -> None:
    """Keep the map of one tree, and of the same check in this environment only the newest `MAPS_MAX`."""
    tx.execute(
        "INSERT INTO wl_reach (repository_id, tree_oid, check_id, environment, at, map)"
        " VALUES (:repository, :tree, :check, :environment, :at, :map)"
        " ON CONFLICT (repository_id, check_id, environment, tree_oid) DO UPDATE SET at = excluded.at,"
        " map = excluded.map",
        tree=found.tree, at=found.at, map=found.packed, repository=repository, check=check,
        environment=environment,
    )  # fmt: skip
    tx.execute(
        "DELETE FROM wl_reach WHERE repository_id = :repository AND check_id = :check"
        " AND environment = :environment AND at < (SELECT min(at) FROM (SELECT at FROM wl_reach"
        " WHERE repository_id = :repository AND check_id = :check AND environment = :environment"
        " ORDER BY at DESC LIMIT :maps) newest)",
        maps=MAPS_MAX, repository=repository, check=check, environment=environment,
    )  # fmt: skip


def newest_map(tx: Transaction, repository: int, check: str, environment: str) -> KeptMap | None:
    """The newest map of a tree that others were judged against: what was only submitted is not believed."""
    row = tx.row(
        "SELECT tree_oid, at, map FROM wl_reach r WHERE repository_id = :repository AND check_id = :check"
        " AND environment = :environment"
        " AND length(map) > 0 AND EXISTS"
        " (SELECT 1 FROM wl_verdict v WHERE v.base_tree_oid = r.tree_oid)"
        " ORDER BY at DESC LIMIT 1",
        repository=repository, check=check, environment=environment,
    )  # fmt: skip
    return None if row is None else KeptMap(row["tree_oid"], float(row["at"]), bytes(row["map"]))


def map_of(tx: Transaction, repository: int, check: str, environment: str, tree: str) -> KeptMap | None:
    """The map of exactly this tree; None without a usable one."""
    row = tx.row(
        "SELECT at, map FROM wl_reach WHERE repository_id = :repository AND check_id = :check"
        " AND environment = :environment AND tree_oid = :tree AND length(map) > 0",
        repository=repository, check=check, environment=environment, tree=tree,
    )  # fmt: skip
    return None if row is None else KeptMap(tree, float(row["at"]), bytes(row["map"]))


def mapped_at(tx: Transaction, repository: int, check: str, environment: str) -> float:
    """When a run last tried to record a map, whatever became of it; 0 for never."""
    found = tx.scalar(
        "SELECT max(at) FROM wl_reach WHERE repository_id = :repository AND check_id = :check"
        " AND environment = :environment",
        repository=repository, check=check, environment=environment,
    )  # fmt: skip
    return float(found or 0.0)
