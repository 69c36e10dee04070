"""Figures for Prometheus: one read transaction a scrape, at most one a second and a twentieth of the time.

Every server of a database gives the same figures of the mesh, so take their maximum over servers and never
their sum. What is unknown has no sample; `windlass_unknown` names it, so that a rule can tell it from zero.
"""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.registry import Collector

from windlass import __version__, learn
from windlass.learn import Reading
from windlass.store import Database

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
KEPT_S: Final = 1.0
SHARE: Final = 20
"""A page is kept this many times as long as reading it took, so that a huge history costs little."""
Figures = Mapping[str, Sequence[Reading]]
_UNITS: Final = {"seconds": "_seconds", "ratio": "_ratio"}


class Metrics:
    """The page of one server. Safe from several threads."""

    def __init__(self, database: Database, node: str) -> None:
        self._database, self._node = database, node
        self._lock = threading.Lock()
        self._page, self._until = b"", 0.0

    def page(self) -> bytes:
        """The text exposition; callers within a second of each other share one."""
        with self._lock:
            before = time.monotonic()
            if before >= self._until:
                self._page = self._read()
                done = time.monotonic()
                self._until = done + max(KEPT_S, SHARE * (done - before))
            return self._page

    def _read(self) -> bytes:
        before = time.monotonic()
        found = self._database.read(lambda tx: learn.figures(tx, tx.now()))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Page(found, self._node, time.monotonic() - before))
        return generate_latest(registry)


class _Page(Collector):
    """One scrape, already read."""

    def __init__(self, found: Figures, node: str, seconds: float) -> None:
        self._found, self._node, self._seconds = found, node, seconds

    def collect(self) -> Iterable[Metric]:
        yield InfoMetricFamily(
            "windlass", "The server that answered.", {"version": __version__, "node": self._node}
        )
        yield GaugeMetricFamily(
            "windlass_scrape_seconds", "How long reading the figures took.", self._seconds
        )
        if times := [one.at for rows in self._found.values() for one in rows]:
            yield GaugeMetricFamily(
                "windlass_read_timestamp_seconds", "When the figures were read, unix time.", min(times)
            )
        yield from families(self._found)


def families(found: Figures) -> list[Metric]:
    """One gauge for each name; labels `repository` and, for durations, `quantile`."""
    made: dict[str, GaugeMetricFamily] = {}
    unknown = GaugeMetricFamily(
        "windlass_unknown", "1 for each figure that nobody measured.", labels=("repository", "figure")
    )
    for repository, rows in found.items():
        for one in rows:
            if one.value is None:
                unknown.add_metric((repository, one.key), 1)
            else:
                _family(made, one).add_metric(_labels(repository, one), one.value)
    return [*made.values(), unknown]


def name_of(one: Reading) -> str:
    """What Prometheus calls a figure."""
    return f"windlass_{one.name}{_UNITS.get(one.unit, '')}"


def meaning(one: Reading) -> str:
    """What a figure says, with its unit."""
    counts = one.unit not in _UNITS and one.of is None
    return f"{one.unit} {one.about}" if counts else f"{one.about} ({one.unit})"


def _family(made: dict[str, GaugeMetricFamily], one: Reading) -> GaugeMetricFamily:
    name = name_of(one)
    labels = ("repository",) if one.quantile is None else ("repository", "quantile")
    if name not in made:
        made[name] = GaugeMetricFamily(name, f"{meaning(one)}; from {one.source}.", labels=labels)
    return made[name]


def _labels(repository: str, one: Reading) -> tuple[str, ...]:
    return (repository,) if one.quantile is None else (repository, f"{one.quantile:g}")
