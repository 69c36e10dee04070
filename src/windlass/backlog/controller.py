"""Discover: let every source look at a commit and bring the backlog in line. Rank: say what to do first."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from windlass.backlog.model import Discovery, ItemState, Report, Repository, Tally
from windlass.backlog.rank import DAY_S, Ranked, RankSettings, decide_after_days, order, rate
from windlass.backlog.reconcile import Tree
from windlass.backlog.records import findings, items
from windlass.backlog.source import Source, View
from windlass.kernel import Run
from windlass.store import Database, Transaction
from windlass.workspace import Mirror

_OVER = (ItemState.CLOSED, ItemState.DECLINED)
_DEFAULT = RankSettings()


class BlobCache:
    """The blob cache of one scan: reads go to the database, what is new waits until the scan is written."""

    def __init__(self, database: Database, scanner: str) -> None:
        self._database = database
        self.scanner = scanner
        self.fresh: dict[tuple[str, str], str] = {}

    def load(self, oids: Iterable[str]) -> Mapping[str, Mapping[str, str]]:
        wanted = list(oids)
        return self._database.read(lambda tx: findings.load_blobs(tx, self.scanner, wanted)) if wanted else {}

    def keep(self, oid: str, suffix: str, found: str) -> None:
        self.fresh[oid, suffix] = found


class _Pass:
    """One source at one commit."""

    def __init__(
        self, database: Database, mirror: Mirror, scan: findings.Scan, source: Source, run: Run
    ) -> None:
        self.scan = scan
        self._source = source
        self._database = database
        self._caches: list[BlobCache] = []
        since = database.read(
            lambda tx: findings.last_tree(tx, scan.repository_id, source.name, source.version)
        )
        if since is not None and not mirror.exists(since):
            since = None
        self.view = View(
            mirror, scan.commit, since=since, tool_run=run, cache=self._cache, tree=scan.tree
        )

    def look(self) -> tuple[Report, Tree]:
        report = self._source.scan(self.view)
        changes = self.view.changes()
        if changes is None:
            return report, Tree(present=frozenset(self.view.files()))
        deleted = {c.old_path for c in changes if c.oid is None or c.old_path != c.path}
        there = {c.path for c in changes if c.oid is not None}
        renamed = {c.old_path: c.path for c in changes if c.old_path != c.path}
        return report, Tree(deleted=frozenset(deleted - there), renamed=renamed)

    def keep_blobs(self, tx: Transaction) -> None:
        for cache in self._caches:
            findings.keep_blobs(tx, cache.scanner, cache.fresh)

    def _cache(self, scanner: str) -> BlobCache:
        self._caches.append(BlobCache(self._database, scanner))
        return self._caches[-1]


def discover(
    database: Database,
    repository: Repository,
    mirror: Mirror,
    commit: str,
    sources: Sequence[Source],
    *,
    run: Run,
    now: float,
    write: bool = True,
) -> Discovery:
    """Let each source look at `commit` and reconcile what it saw, one transaction for each source.

    A source that fails is reported in its tally and closes nothing; the others go on. `write=False` computes
    the same figures and changes nothing.
    """
    tree = mirror.tree_of(commit)
    total = Discovery(commit, tree, ())
    for source in sources:
        scan = findings.Scan(repository.id, source.name, source.version, commit, tree, now)
        changed = _one(database, mirror, scan, source, run, write=write)
        total = replace(
            total,
            tallies=(*total.tallies, changed.tally),
            opened=total.opened + changed.opened,
            closed=total.closed + changed.closed,
            reopened=total.reopened + changed.reopened,
            fresh=(*total.fresh, *changed.fresh),
        )
    return total


def ranked(
    tx: Transaction, repository_id: int, now: float, settings: RankSettings = _DEFAULT
) -> list[Ranked]:
    """Every item that is not closed or declined, best first, with its numbers as of `now`. Nothing is
    rewritten."""
    everything = items.items(tx, repository_id)
    places = findings.places(tx, repository_id)
    closed = [i for i in everything if i.state is ItemState.CLOSED and i.closed_at is not None]
    limit = decide_after_days([((i.closed_at or now) - i.created_at) / DAY_S for i in closed])
    rated = [rate(i, places.get(i.id, ()), now, settings) for i in everything if i.state not in _OVER]
    if limit is not None:
        rated = [replace(r, decide=r.age_days > limit) for r in rated]
    picked = sum(1 for i in everything if i.route is not None)
    return order(rated, settings, picked=picked)


def _one(
    database: Database, mirror: Mirror, scan: findings.Scan, source: Source, run: Run, *, write: bool
) -> findings.Changed:
    began = time.perf_counter()
    try:
        one = _Pass(database, mirror, scan, source, run)
        report, tree = one.look()
        _check(report)
    except Exception as error:  # the plug-in's rim: its failure is recorded as its outcome, the rest goes on
        return _failed(database, scan, f"{type(error).__name__}: {error}", began, write=write)
    if not write:
        return database.read(lambda tx: _preview(tx, scan, report, tree, began))

    def record(tx: Transaction) -> findings.Changed:
        one.keep_blobs(tx)
        return findings.record_scan(tx, scan, report, tree, scan.at)

    changed = database.write(record)
    changed.tally = replace(changed.tally, seconds=time.perf_counter() - began)
    return changed


def _check(report: Report) -> None:
    if not 0.0 <= report.coverage <= 1.0:
        raise ValueError(f"coverage {report.coverage} is not between 0 and 1")


def _failed(
    database: Database, scan: findings.Scan, error: str, began: float, *, write: bool
) -> findings.Changed:
    if write:
        failed = database.write(lambda tx: findings.record_failure(tx, scan, error, scan.at))
    else:
        failed = Tally(scan.source, error=error, open=database.read(lambda tx: findings.open_count(tx, scan)))
    return findings.Changed(replace(failed, seconds=time.perf_counter() - began))


def _preview(
    tx: Transaction, scan: findings.Scan, report: Report, tree: Tree, began: float
) -> findings.Changed:
    plan = findings.plan_scan(tx, scan, report, tree)
    open_now = findings.open_count(tx, scan) + len(plan.new) + len(plan.returned) - len(plan.gone)
    what = replace(findings.tally(scan, report, plan, open_now), seconds=time.perf_counter() - began)
    return findings.Changed(what, fresh=[findings.fresh(scan.source, hit, name) for hit, name in plan.new])
