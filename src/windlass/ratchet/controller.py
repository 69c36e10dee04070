"""Hold a judged tree against the bounds, and move them when it has landed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from windlass import flakes
from windlass.kernel import NotFound
from windlass.ratchet import records
from windlass.ratchet.figures import UNSAMPLED, flaky_tests, values
from windlass.ratchet.model import Finding, Metric, Point, Standing, Value
from windlass.ratchet.rule import judge, standing
from windlass.ratchet.settings import parse_metrics
from windlass.ratchet.trend import shifts
from windlass.store import Database, Transaction
from windlass.verify import Judgement, Outcome


class Repository(Protocol):
    @property
    def id(self) -> int: ...


class Site(Protocol):
    """What this room needs of the place it works in. `ratchet` is its settings table."""

    @property
    def database(self) -> Database: ...
    @property
    def repository(self) -> Repository: ...
    @property
    def ratchet(self) -> Mapping[str, Any]: ...


def standings(tx: Transaction, repository: int, metrics: Sequence[Metric]) -> list[Standing]:
    """Where every metric stands by what was measured on the branch."""
    return [standing(one, records.points(tx, repository, one.name)) for one in metrics]


def examine(site: Site, judgement: Judgement) -> list[Finding]:
    """What the ratchet says of each metric of a judged tree, by the readings of its judgement."""
    metrics = parse_metrics(site.ratchet)
    found, count = site.database.read(
        lambda tx: (standings(tx, site.repository.id, metrics), flakes.count(tx, site.repository.id))
    )
    # Flaky tests are the main branch's: what a change adds to them is the gate's to refuse.
    flaky = flaky_tests(count)
    # So is the share of mutants that tests notice: each is too dear to try for every change.
    sample = next((one.latest for one in found if one.metric.name == "mutation"), None)
    noticed = UNSAMPLED if sample is None else Value(sample.value, sample.source)
    now = values(metrics, judgement.readings, flaky, noticed)
    before = (flaky, noticed) if judgement.base_readings else ()
    base = values(metrics, judgement.base_readings, *before)
    return [judge(one, now[one.metric.name], base[one.metric.name]) for one in found]


def hold(site: Site, judgement: Judgement) -> Judgement:
    """A pass that loosens nothing stays one. One that does is a no; what cannot be told is for a person."""
    if judgement.outcome is not Outcome.PASSED:
        return judgement
    found = examine(site, judgement)
    if broken := tuple(one.why for one in found if one.holds is False):
        return replace(judgement, outcome=Outcome.FAILED, reasons=broken)
    unknown = tuple(
        f"{one.metric.name} was measured before, and is unknown of this change: {one.why}"
        for one in found
        if one.holds is None
    )
    return replace(judgement, doubts=(*judgement.doubts, *unknown))


def measured(
    tx: Transaction, site: Site, judgement: Judgement, commit: str, now: float, *, landing: int = 0
) -> None:
    """Write down what a judgement measured of a commit; with a landing it counts once that has landed."""
    flaky = flaky_tests(flakes.count(tx, site.repository.id))
    found = values(parse_metrics(site.ratchet), judgement.readings, flaky)
    records.keep(tx, site.repository.id, commit, found, now, landing=landing)


def landed(tx: Transaction, site: Site, commit: str) -> None:
    """A landing is on the branch: tell which bounds its measurements have moved, and which levels shifted."""
    for metric in parse_metrics(site.ratchet):
        points = records.points(tx, site.repository.id, metric.name)
        if not points or points[-1].commit != commit:
            continue
        before, after = standing(metric, points[:-1]).bound, standing(metric, points).bound
        if after is not None and after != before:
            records.tell_tighter(tx, site.repository.id, metric.name, (before, after), points[-1])
        seen = standing(metric, points).measured
        found = shifts(seen)
        told = {one.first for one in shifts(seen[:-1])} if found else set()
        for one in (one for one in found if one.first not in told):
            records.tell_shift(tx, site.repository.id, metric, one, points[-1])


def set_bound(
    tx: Transaction, site: Site, name: str, value: float, *, reason: str, by: str
) -> Callable[[float], str]:
    """A person moves a bound, the only way it ever loosens. Returns how values of the metric are told."""
    metric = find(parse_metrics(site.ratchet), name)
    before = standing(metric, records.points(tx, site.repository.id, name)).bound
    records.set_bound(tx, site.repository.id, metric, before, Point(value, tx.now(), "", reason, by))
    return metric.told


def find(metrics: Sequence[Metric], name: str) -> Metric:
    """The metric of that name; raises NotFound."""
    for one in metrics:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in metrics)
    raise NotFound(f"there is no metric {name!r}", hint=f"known: {known}; [[ratchet.metric]] adds one")
