"""The page Prometheus reads: parsed by its own parser, unknown never a number, one read a second."""

import threading

from prometheus_client.parser import text_string_to_metric_families

from windlass import backlog
from windlass.learn import Reading
from windlass.learn.flow import Facts, readings
from windlass.store import Database, SqliteDatabase
from windlass.web.metrics import CONTENT_TYPE, Metrics, families


def parsed(page: bytes) -> dict[str, list]:
    found = text_string_to_metric_families(page.decode())
    return {family.name: family.samples for family in found}


def test_every_known_figure_is_a_gauge_and_every_unknown_one_is_named(database: Database):
    database.write(lambda tx: backlog.tend(tx, "shop", "/shop", "main", tx.now()))
    page = parsed(Metrics(database, "node-1").page())
    (blocked,) = page["windlass_tasks_blocked"]
    assert (blocked.labels, blocked.value, blocked.timestamp) == ({"repository": "shop"}, 0.0, None)
    unknown = {sample.labels["figure"] for sample in page["windlass_unknown"]}
    assert {"rejection_rate", "task_duration_p99", "lease_renewals", "blocked_age"} <= unknown
    assert "windlass_rejection_rate_ratio" not in page
    assert not any(key.removeprefix("windlass_") in unknown for key in page)
    (info,) = page["windlass_info"]
    assert info.labels["node"] == "node-1"
    assert page["windlass_scrape_seconds"][0].value > 0


def test_percentiles_carry_their_quantile_and_units_are_in_the_name():
    found = families({"shop": readings(Facts(done=((4.0, 1), (6.0, 1))), 9.0)})
    by_name = {family.name: family for family in found}
    quantiles = {s.labels["quantile"]: s.value for s in by_name["windlass_task_duration_seconds"].samples}
    assert quantiles == {"0.5": 4.0, "0.9": 6.0, "0.99": 6.0}
    assert by_name["windlass_first_time_approval_ratio"].samples[0].value == 1.0


def test_names_of_repositories_cannot_break_the_page(database: Database):
    name = 'a"b\\c\nwindlass_tasks_blocked 7'
    database.write(lambda tx: backlog.tend(tx, name, "/x", "main", tx.now()))
    (sample,) = parsed(Metrics(database, "n").page())["windlass_tasks_blocked"]
    assert (sample.labels["repository"], sample.value) == (name, 0.0)


def test_callers_within_a_second_share_one_read(sqlite: SqliteDatabase):
    reads = []

    class Counting:
        def read(self, work):
            reads.append(1)
            return sqlite.read(work)

    metrics = Metrics(Counting(), "n")
    threads = [threading.Thread(target=metrics.page) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert reads == [1]


def test_two_repositories_are_two_samples_of_one_family():
    one = Reading("tasks_ready", "health", 3, "tasks", "a", "b", 1.0)
    (family, unknown) = families({"x": [one], "y": [one]})
    assert [sample.labels["repository"] for sample in family.samples] == ["x", "y"]
    assert unknown.samples == []


def test_the_content_type_is_the_one_of_the_contract():
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")
