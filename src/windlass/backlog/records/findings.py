"""Findings, scans and the blob cache. What one source saw is written in one transaction."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from windlass import events
from windlass.backlog.identity import anchor_of
from windlass.backlog.model import Finding, FindingState, Hit, ItemState, Report, Tally
from windlass.backlog.reconcile import Known, Match, Plan, Tree, reconcile
from windlass.backlog.records.items import TITLE_MAX, Draft, clean, insert_items, move_item
from windlass.events import Subject
from windlass.store import Row, Transaction

CHUNK = 400
"""Values in one IN list."""

PATHS_MAX = 2_000
"""Above so many paths all findings of a source are loaded at once."""

DATA_MAX = 8_000

_ENCODE = json.JSONEncoder(sort_keys=True).encode

_PRIVATE = {code: chr(0x10FF00 + code - 0xDC00) for code in range(0xDC80, 0xDD00)}
_SURROGATE = {ord(char): chr(code) for code, char in _PRIVATE.items()}


@dataclass(frozen=True, slots=True)
class Scan:
    """One source's look at one commit, at unix seconds `at`."""

    repository_id: int
    source: str
    version: str
    commit: str
    tree: str
    at: float


@dataclass(slots=True)
class Changed:
    """What a scan did to the backlog."""

    tally: Tally
    opened: int = 0
    closed: int = 0
    reopened: int = 0
    fresh: list[Finding] = field(default_factory=list)


def last_tree(tx: Transaction, repository_id: int, source: str, version: str) -> str | None:
    """The tree of the last scan that saw everything with the same version of the source."""
    row = tx.row(
        "SELECT tree_oid, version, coverage, error FROM wl_scan"
        " WHERE repository_id = :r AND source = :s ORDER BY id DESC LIMIT 1",
        r=repository_id, s=source,
    )  # fmt: skip
    usable = row is not None and row["version"] == version and row["error"] is None and row["coverage"] >= 1.0
    return str(row["tree_oid"]) if row is not None and usable else None


def findings(tx: Transaction, item_id: int) -> list[Finding]:
    """The open findings of an item, by path and line."""
    rows = tx.rows(
        "SELECT * FROM wl_finding WHERE item_id = :i AND state = 'open' ORDER BY path, line, id", i=item_id
    )
    return [_finding(row) for row in rows]


def places(tx: Transaction, repository_id: int) -> dict[int, list[str]]:
    """Item id -> the paths of its open findings, sorted, one for each finding."""
    found: dict[int, list[str]] = {}
    rows = tx.rows(
        "SELECT item_id, path FROM wl_finding WHERE repository_id = :r AND state = 'open'"
        " ORDER BY path, line",
        r=repository_id,
    )  # fmt: skip
    for row in rows:
        found.setdefault(row["item_id"], []).append(from_column(row["path"]))
    return found


def spots(tx: Transaction, repository_id: int) -> dict[int, list[str]]:
    """Item id -> `path:line` of its open findings."""
    found: dict[int, list[str]] = {}
    rows = tx.rows(
        "SELECT item_id, path, line FROM wl_finding WHERE repository_id = :r AND state = 'open'"
        " ORDER BY path, line",
        r=repository_id,
    )  # fmt: skip
    for row in rows:
        found.setdefault(row["item_id"], []).append(f"{row['path']}:{row['line']}")
    return found


def plan_scan(tx: Transaction, scan: Scan, report: Report, tree: Tree) -> Plan:
    """What the report means for what is on record, without writing."""
    return reconcile(_known(tx, scan, report, tree), report, tree)


def record_scan(tx: Transaction, scan: Scan, report: Report, tree: Tree, now: float) -> Changed:
    """Write what one source saw: findings, items, the scan and its event, all or nothing."""
    plan = plan_scan(tx, scan, report, tree)
    changed = Changed(Tally(scan.source))
    ids = _items_for(tx, scan, [hit for hit, _ in plan.new] + [m.hit for m in plan.returned], now, changed)
    _insert(tx, scan, plan.new, ids, now)
    _refresh(tx, plan.returned, now, item_ids=ids)
    _refresh(tx, [*plan.moved, *(m for m in plan.seen if m.known.line != m.hit.line or m.known.missing)], now)
    tx.execute_many(
        "UPDATE wl_finding SET missing = missing + 1 WHERE id = :id", [{"id": k.id} for k in plan.missing]
    )
    tx.execute_many(
        "UPDATE wl_finding SET state = 'gone', missing = 0, last_seen_at = :now WHERE id = :id",
        [{"id": k.id, "now": now} for k in plan.gone],
    )
    changed.closed = _close_done(tx, scan, now)
    changed.fresh = [fresh(scan.source, hit, name) for hit, name in plan.new]
    changed.tally = tally(scan, report, plan, open_count(tx, scan))
    _write_scan(tx, scan, changed.tally, now)
    return changed


def record_failure(tx: Transaction, scan: Scan, error: str, now: float) -> Tally:
    """Keep that a source failed; what it saw before stays as it was."""
    failed = Tally(scan.source, open=open_count(tx, scan), error=clean(error)[:2000])
    _write_scan(tx, scan, failed, now)
    return failed


def tally(scan: Scan, report: Report, plan: Plan, open_now: int) -> Tally:
    return Tally(
        scan.source, found=len(report.hits), new=len(plan.new), moved=len(plan.moved), gone=len(plan.gone),
        returned=len(plan.returned), open=open_now, coverage=report.coverage, error=report.error,
    )  # fmt: skip


def open_count(tx: Transaction, scan: Scan) -> int:
    return int(
        tx.scalar(
            "SELECT count(*) FROM wl_finding WHERE repository_id = :r AND source = :s AND state = 'open'",
            r=scan.repository_id, s=scan.source,
        )
    )  # fmt: skip


def load_blobs(tx: Transaction, scanner: str, oids: Iterable[str]) -> dict[str, dict[str, str]]:
    """What a scanner found in blobs: blob -> suffix -> text."""
    found: dict[str, dict[str, str]] = {}
    for some in _chunks(oids):
        marks, values = _in_list(some)
        rows = tx.rows(
            f"SELECT * FROM wl_blob_scan WHERE scanner = :scanner AND blob IN ({marks})",  # noqa: S608
            scanner=scanner, **values,
        )  # fmt: skip
        for row in rows:
            found.setdefault(row["blob"], {})[row["suffix"]] = row["hits"]
    return found


def keep_blobs(tx: Transaction, scanner: str, kept: Mapping[tuple[str, str], str]) -> None:
    tx.execute_many(
        "INSERT INTO wl_blob_scan (scanner, blob, suffix, hits) VALUES (:scanner, :blob, :suffix, :hits)"
        " ON CONFLICT (scanner, blob, suffix) DO UPDATE SET hits = excluded.hits",
        [{"scanner": scanner, "blob": b, "suffix": s, "hits": clean(hits)} for (b, s), hits in kept.items()],
    )


def to_column(path: str) -> str:
    """A path both databases take: bytes that are not UTF-8 become private-use characters, and back."""
    return path if path.isascii() else path.translate(_PRIVATE)


def from_column(path: str) -> str:
    return path if path.isascii() else path.translate(_SURROGATE)


def _known(tx: Transaction, scan: Scan, report: Report, tree: Tree) -> list[Known]:
    where = "repository_id = :r AND source = :s"
    given: dict[str, str | int] = {"r": scan.repository_id, "s": scan.source}
    columns = "SELECT id, fingerprint, anchor, path, line, state, missing FROM wl_finding"
    if report.looked is None or len(report.looked) > PATHS_MAX:
        rows: Sequence[Row] = tx.rows(f"{columns} WHERE {where} ORDER BY id", **given)
    else:
        found: dict[int, Row] = {}
        for some in _chunks(to_column(path) for path in sorted(report.looked | tree.deleted)):
            marks, values = _in_list(some)
            for row in tx.rows(f"{columns} WHERE {where} AND path IN ({marks})", **given, **values):
                found[row["id"]] = row
        rows = [found[key] for key in sorted(found)]
    return [
        Known(r["id"], r["fingerprint"], r["anchor"], from_column(r["path"]), r["line"],
        FindingState(r["state"]),
              r["missing"])
        for r in rows
    ]  # fmt: skip


def _items_for(
    tx: Transaction, scan: Scan, hits: Sequence[Hit], now: float, changed: Changed
) -> dict[str, int]:
    """The items of these hits by group, made or reopened where needed."""
    first: dict[str, Hit] = {}
    for hit in hits:
        first.setdefault(_key(scan.source, hit.group), hit)
    known = _by_key(tx, scan, first)
    drafts = [_draft(scan, hit, key) for key, hit in first.items() if key not in known]
    insert_items(tx, scan.repository_id, drafts, now, scored_by="default")
    made = {key: row["id"] for key, row in _by_key(tx, scan, [draft.key for draft in drafts]).items()}
    _tell(tx, scan, drafts, made, now)
    for row in [known[key] for key in first if key in known]:
        if row["state"] == ItemState.CLOSED.value:
            move_item(tx, row["id"], ItemState.OPEN, now, reason=f"{scan.source} found it again")
            changed.reopened += 1
    changed.opened += len(drafts)
    ids = {**made, **{key: row["id"] for key, row in known.items()}}
    return {hit.group: ids[_key(scan.source, hit.group)] for hit in hits}


def _by_key(tx: Transaction, scan: Scan, keys: Iterable[str]) -> dict[str, Row]:
    """Id and state of the items that have these keys."""
    rows: dict[str, Row] = {}
    for some in _chunks(keys):
        marks, values = _in_list(some)
        sql = f"SELECT id, key, state FROM wl_item WHERE repository_id = :r AND key IN ({marks})"  # noqa: S608
        rows.update({row["key"]: row for row in tx.rows(sql, r=scan.repository_id, **values)})
    return rows


def _draft(scan: Scan, hit: Hit, key: str) -> Draft:
    return Draft(
        key=key, title=clean(hit.title), source=scan.source, rule=clean(hit.rule), category=hit.category,
        text=hit.text, severity=hit.severity, fixable=hit.fixable,
    )  # fmt: skip


def _tell(
    tx: Transaction, scan: Scan, drafts: Sequence[Draft], made: Mapping[str, int], now: float
) -> None:
    entries = [
        (Subject(repository=scan.repository_id, item=made[d.key]),
         {"source": d.source, "rule": d.rule, "title": d.title[:TITLE_MAX]})
        for d in drafts
    ]  # fmt: skip
    events.append_many(tx, "item.discovered", now, entries)


def _key(source: str, group: str) -> str:
    return clean(f"{source}/{group}")


def _insert(
    tx: Transaction, scan: Scan, new: Sequence[tuple[Hit, str]], ids: Mapping[str, int], now: float
) -> None:
    tx.execute_many(
        "INSERT INTO wl_finding (repository_id, item_id, source, rule, fingerprint, path, line, text,"
        " severity, data, state, anchor, first_commit, first_seen_at, last_seen_at)"
        " VALUES (:r, :item, :source, :rule, :fingerprint, :path, :line, :text, :severity,"
        " :data, 'open', :anchor, :commit, :now, :now)"
        " ON CONFLICT (repository_id, source, fingerprint) DO UPDATE SET state = 'open', missing = 0",
        [
            {"r": scan.repository_id, "item": ids[hit.group], "source": scan.source, "rule": clean(hit.rule),
             "fingerprint": name, "commit": scan.commit, "now": now, **_columns(hit)}
            for hit, name in new
        ],
    )  # fmt: skip


def _columns(hit: Hit) -> dict[str, str | int]:
    data = _ENCODE({**hit.data, "fixable": hit.fixable})
    if len(data) > DATA_MAX:
        data = json.dumps({"fixable": hit.fixable, "truncated": True})
    return {
        "path": to_column(hit.path), "line": hit.line, "text": clean(hit.text),
        "severity": clean(hit.severity), "data": data, "anchor": anchor_of(hit),
    }  # fmt: skip


def _refresh(
    tx: Transaction, matches: Sequence[Match], now: float, *, item_ids: Mapping[str, int] | None = None
) -> None:
    """Open findings again at the place they are now; they stay with their item unless it is told otherwise.
    """
    rows = [
        {"id": m.known.id, "fingerprint": m.fingerprint, "now": now, **_columns(m.hit),
         "item": None if item_ids is None else item_ids[m.hit.group]}
        for m in matches
    ]  # fmt: skip
    tx.execute_many(
        "UPDATE wl_finding SET fingerprint = :fingerprint, path = :path, line = :line, text = :text,"
        " severity = :severity, data = :data, anchor = :anchor, state = 'open', missing = 0,"
        " last_seen_at = :now,"
        " item_id = coalesce(:item, item_id) WHERE id = :id",
        rows,
    )


def _close_done(tx: Transaction, scan: Scan, now: float) -> int:
    """Close items whose findings are all gone. One that is being worked on waits for its task to end."""
    rows = tx.rows(
        "SELECT id FROM wl_item i WHERE repository_id = :r AND source = :s"
        " AND state IN ('open', 'routed', 'waiting', 'blocked', 'proposed')"
        " AND EXISTS (SELECT 1 FROM wl_finding f WHERE f.item_id = i.id)"
        " AND NOT EXISTS (SELECT 1 FROM wl_finding f WHERE f.item_id = i.id AND f.state = 'open')",
        r=scan.repository_id, s=scan.source,
    )  # fmt: skip
    for row in rows:
        move_item(tx, row["id"], ItemState.CLOSED, now, reason="its findings are gone")
    return len(rows)


def _write_scan(tx: Transaction, scan: Scan, what: Tally, now: float) -> None:
    tx.execute(
        "INSERT INTO wl_scan (repository_id, source, version, commit_oid, tree_oid, started_at, finished_at,"
        " coverage, found, error) VALUES (:r, :s, :version, :commit, :tree, :started, :now,"
        " :coverage, :found, :error)",
        r=scan.repository_id, s=scan.source, version=scan.version, commit=scan.commit, tree=scan.tree,
        started=scan.at, now=now, coverage=what.coverage, found=what.found, error=what.error,
    )  # fmt: skip
    kind = "source.scanned" if what.error is None else "source.failed"
    events.append(
        tx, kind, now, about=Subject(repository=scan.repository_id), source=what.source, commit=scan.commit,
        found=what.found, new=what.new, moved=what.moved, gone=what.gone, returned=what.returned,
        coverage=what.coverage, error=what.error,
    )  # fmt: skip


def fresh(source: str, hit: Hit, name: str) -> Finding:
    data = {**hit.data, "fixable": hit.fixable}
    return Finding(source, hit.rule, name, hit.path, hit.line, hit.text, hit.severity, data)


def _finding(row: Row) -> Finding:
    return Finding(
        row["source"], row["rule"], row["fingerprint"], from_column(row["path"]), row["line"], row["text"],
        row["severity"], json.loads(row["data"]),
    )  # fmt: skip


def _chunks(values: Iterable[str]) -> Iterator[list[str]]:
    stream = iter(values)
    while some := list(islice(stream, CHUNK)):
        yield some


def _in_list(values: Sequence[str]) -> tuple[str, dict[str, str]]:
    names = {f"v{i}": value for i, value in enumerate(values)}
    return ", ".join(f":{name}" for name in names), names
