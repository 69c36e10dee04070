"""What a scan means for the findings we know: new, seen, moved, gone, returned. Pure.

A finding is gone when its file was read again, or is gone from the tree, and it is not there. Where a source
cannot tell what it read, it must be missing from two complete scans in a row. A failed or partial scan closes
nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from windlass.backlog.identity import anchor_of, fingerprints
from windlass.backlog.model import FindingState, Hit, Report

MISSING_MAX = 2
"""Complete scans without it after which a finding is gone, for sources that do not say what they read."""


@dataclass(frozen=True, slots=True)
class Known:
    """A finding on record, as far as reconciling needs it. `anchor` is what `anchor_of` gave for its hit."""

    id: int
    fingerprint: str
    anchor: str
    path: str
    line: int
    state: FindingState
    missing: int


@dataclass(frozen=True, slots=True)
class Match:
    """A finding on record and the hit it turned out to be."""

    known: Known
    hit: Hit
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Tree:
    """What is known of the files: `present` None means all paths not in `deleted` are there; `renamed` old ->
    new."""

    deleted: frozenset[str] = frozenset()
    present: frozenset[str] | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)

    def has(self, path: str) -> bool:
        return path not in self.deleted and (self.present is None or path in self.present)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write. `missing` findings stay open for now; `seen` have the same place, text and order as
    before."""

    new: tuple[tuple[Hit, str], ...] = ()
    seen: tuple[Match, ...] = ()
    moved: tuple[Match, ...] = ()
    returned: tuple[Match, ...] = ()
    missing: tuple[Known, ...] = ()
    gone: tuple[Known, ...] = ()


def reconcile(known: Sequence[Known], report: Report, tree: Tree) -> Plan:
    """Compare what is on record for one source with what it saw.

    Reconciling the outcome with the same report again changes nothing (`seen` alone is filled).
    """
    names = fingerprints(report.hits)
    hits = _unique(report.hits, names)
    on_record = {k.fingerprint: k for k in known}
    same = {name: on_record[name] for name in hits if name in on_record}
    seen = [Match(k, hits[n], n) for n, k in same.items() if k.state is FindingState.OPEN]
    returned = [Match(k, hits[n], n) for n, k in same.items() if k.state is FindingState.GONE]
    fresh = {name: hit for name, hit in hits.items() if name not in on_record}
    absent = [k for k in known if k.fingerprint not in hits and k.state is FindingState.OPEN]
    if report.error is not None:
        absent = []
    lost = [k for k in absent if _gone(k, report, tree)]
    moved, lost = _moves(lost, fresh, tree)
    for match in moved:
        del fresh[match.fingerprint]
    lost_ids = {k.id for k in lost} | {m.known.id for m in moved}
    missing = [k for k in absent if k.id not in lost_ids and _unconfirmed(report)]
    return Plan(tuple((h, n) for n, h in fresh.items()), tuple(seen), tuple(moved), tuple(returned),
                tuple(missing), tuple(lost))  # fmt: skip


def _unique(hits: Sequence[Hit], names: Sequence[str]) -> dict[str, Hit]:
    found: dict[str, Hit] = {}
    for hit, name in zip(hits, names, strict=True):
        found.setdefault(name, hit)
    return found


def _unconfirmed(report: Report) -> bool:
    return report.looked is None and report.coverage >= 1.0


def _gone(known: Known, report: Report, tree: Tree) -> bool:
    if known.path and not tree.has(known.path):
        return True
    if report.looked is not None:
        return known.path in report.looked
    return _unconfirmed(report) and known.missing + 1 >= MISSING_MAX


def _moves(lost: Sequence[Known], fresh: Mapping[str, Hit], tree: Tree) -> tuple[list[Match], list[Known]]:
    """Pair what vanished with what appeared: the same text in the renamed file first, then anywhere, in
    order.

    A comment that was taken out of the middle of equal ones leaves the last one's fingerprint vacant; that is
    the same pairing within one file.
    """
    if not lost:
        return [], []
    by_place: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, hit in sorted(fresh.items(), key=lambda pair: (pair[1].path, pair[1].line)):
        by_place[hit.path, anchor_of(hit)].append(name)
    matches: list[Match] = []
    rest = _pair(lost, lambda k: (tree.renamed.get(k.path, k.path), k.anchor), by_place, fresh, matches)
    anywhere: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (_path, anchor), names in by_place.items():
        anywhere["", anchor] += names
    return matches, _pair(rest, lambda k: ("", k.anchor), anywhere, fresh, matches)


def _pair(
    lost: Sequence[Known],
    place: Callable[[Known], tuple[str, str]],
    free: Mapping[tuple[str, str], list[str]],
    fresh: Mapping[str, Hit],
    matches: list[Match],
) -> list[Known]:
    """Take hits at the same `place` for as many of `lost` as there are, into `matches`; the ones left over.
    """
    rest = []
    for known in sorted(lost, key=lambda k: (k.path, k.line)):
        names = free.get(place(known))
        if names:
            name = names.pop(0)
            matches.append(Match(known, fresh[name], name))
        else:
            rest.append(known)
    return rest
