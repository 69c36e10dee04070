"""Measurements as rows. A landing's count once its commit is on the branch, and never before."""

from collections.abc import Mapping
from typing import Final

from windlass.events import Subject, append
from windlass.kernel import iso
from windlass.ratchet.model import Metric, Point, Value
from windlass.ratchet.shift import Shift
from windlass.store import Row, Transaction

POINTS_MAX: Final = 10_000
"""The newest measurements of one metric that are looked at."""


def points(tx: Transaction, repository: int, metric: str) -> list[Point]:
    """What was measured of a metric on the branch, and set by people, oldest first; nothing of the time in
    which a change was there that was taken back.
    """
    rows = tx.rows(
        "SELECT m.value, m.at, m.commit_oid, m.source, m.set_by FROM wl_measurement m"
        " LEFT JOIN wl_landing l ON l.id = m.landing_id"
        " WHERE m.repository_id = :repository AND m.metric = :metric"
        " AND (m.landing_id = 0 OR (l.state = 'landed' AND l.commit_oid = m.commit_oid))"
        " AND (m.set_by <> '' OR NOT EXISTS (SELECT 1 FROM wl_reversal r JOIN wl_landing c"
        " ON c.id = r.landing_id WHERE r.repository_id = m.repository_id AND r.state = 'landed'"
        " AND m.at >= c.created_at AND (m.landing_id = c.id OR m.at >= c.updated_at)"
        " AND m.at < r.created_at))"
        " ORDER BY m.at DESC, m.landing_id DESC LIMIT :limit",
        repository=repository, metric=metric, limit=POINTS_MAX,
    )  # fmt: skip
    return [_point(row) for row in reversed(rows)]


def keep(
    tx: Transaction, repository: int, commit: str, values: Mapping[str, Value], now: float, *,
    landing: int = 0,
) -> None:  # fmt: skip
    """Write down what was measured of a commit; measured again, the newer stands. Unknown is not written, and
    takes nothing away: different commands measure different metrics.
    """
    for metric, value in values.items():
        if value.value is not None:
            tx.execute(
                "DELETE FROM wl_measurement WHERE repository_id = :repository AND commit_oid = :commit"
                " AND landing_id = :landing AND metric = :metric",
                repository=repository, commit=commit, landing=landing, metric=metric,
            )  # fmt: skip
            _add(tx, repository, metric, Point(value.value, now, commit, value.source), landing)


def set_bound(tx: Transaction, repository: int, metric: Metric, before: float | None, point: Point) -> None:
    """A person moves a bound to a value, for a reason; both are on record."""
    _add(tx, repository, metric.name, point, 0)
    append(
        tx, "ratchet.set", point.at, about=Subject(repository), actor=point.by, metric=metric.name,
        before=before, after=point.value, reason=point.source,
    )  # fmt: skip


def tell_tighter(
    tx: Transaction, repository: int, metric: str, bounds: tuple[float | None, float], point: Point
) -> None:  # fmt: skip
    """The event of a bound that a landing has moved."""
    append(
        tx, "ratchet.tightened", point.at, about=Subject(repository), metric=metric, before=bounds[0],
        after=bounds[1], value=point.value, commit=point.commit,
    )  # fmt: skip


def tell_shift(tx: Transaction, repository: int, metric: Metric, shift: Shift, point: Point) -> None:
    """The event of a level that has shifted, as the newest point shows."""
    append(
        tx, "ratchet.shifted", point.at, about=Subject(repository), metric=metric.name,
        before=shift.before, after=shift.after, direction=shift.direction(metric), chance=shift.chance,
        commit=shift.first.commit, since=iso(shift.first.at),
    )  # fmt: skip


def _add(tx: Transaction, repository: int, metric: str, point: Point, landing: int) -> None:
    tx.execute(
        "INSERT INTO wl_measurement"
        " (repository_id, metric, at, commit_oid, landing_id, value, source, set_by)"
        " VALUES (:repository, :metric, :at, :commit, :landing, :value, :source, :by)",
        repository=repository, metric=metric, at=point.at, commit=point.commit, landing=landing,
        value=point.value, source=point.source, by=point.by,
    )  # fmt: skip


def _point(row: Row) -> Point:
    return Point(float(row["value"]), float(row["at"]), row["commit_oid"], row["source"], row["set_by"])
