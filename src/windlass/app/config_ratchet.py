"""How `[[ratchet.metric]]` and the founding documents' `quality_ratchet.json` are read. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Final

from windlass.app.config_values import Fault, Shape, Table, seconds, tables
from windlass.kernel import Invalid
from windlass.ratchet import Metric, parse_metrics

LEGACY: Final = {
    "coverage_percent_min": "coverage", "mutation_score_min": "mutation", "performance_p95_max": "p95",
    "flaky_test_count_max": "flaky", "security_issues_max": "security",
}  # fmt: skip
"""Names under `global_targets` in `quality_ratchet.json`, and the metrics they are about."""
RULES: Final = {
    "min_improvement_threshold": "threshold", "regression_tolerance": "tolerance",
    "consecutive_improvements_required": "needed",
}  # fmt: skip
"""Names under `ratchet_settings` there."""


def metric_tables(wants: str) -> Shape[tuple[Metric, ...]]:
    """A list of tables, each with a name of its own."""
    return tables(wants, Table("metric", "ratchet.metric", _faults, _metric, _table))


def _faults(table: Mapping[str, object]) -> list[Fault]:
    try:
        _metric(table)
    except Invalid as error:
        return [Fault(table.get("name"), str(error), error.hint)]
    return []


def _metric(table: Mapping[str, object]) -> Metric:
    given = {key: value for key, value in table.items() if key != "every"}
    if "every" in table and (every := seconds(table["every"])) is None:
        raise Invalid(f"metric {table.get('name')!r}: every is no time", hint='for example every = "7d"')
    elif "every" in table:
        given["every_s"] = every
    name = str(given.get("name"))
    return next(one for one in parse_metrics({"metric": [given]}) if one.name == name)


def _table(metric: Metric) -> dict[str, object]:
    told = {**asdict(metric), "better": metric.better.value}
    return {key: value for key, value in told.items() if value is not None}


def ratchet_table(metrics: Sequence[Metric]) -> dict[str, list[dict[str, object]]]:
    """The settings as the room takes them."""
    return {"metric": [_table(one) for one in metrics]}


def figures(metrics: Sequence[Metric]) -> tuple[tuple[str, str], ...]:
    """Name and command of every metric that has one, for the tiers."""
    return tuple((one.name, one.command) for one in metrics if one.command)


def legacy_metrics(content: str) -> list[dict[str, object]]:
    """The metrics of a `quality_ratchet.json`, as `[[ratchet.metric]]` has them. Raises Invalid.

    What is a minimum or a maximum there is where the bound begins: nothing may fall behind it.
    """
    try:
        told = json.loads(content)
        targets, rules = dict(told.get("global_targets", {})), dict(told.get("ratchet_settings", {}))
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise Invalid(f"quality_ratchet.json is no table of JSON: {error}") from error
    if unknown := sorted({*targets} - {*LEGACY} | {*rules} - {*RULES}):
        raise Invalid(f"quality_ratchet.json has unknown keys {unknown}", hint=f"known: {[*LEGACY, *RULES]}")
    common = {RULES[name]: value for name, value in rules.items()}
    found = [{"name": LEGACY[name], "start": value, **common} for name, value in targets.items()]
    for one in found:
        _metric(one)
    return found
