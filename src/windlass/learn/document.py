"""The report as JSON: times as text, keys in a fixed order, one report always the same document. Pure."""

from dataclasses import fields, is_dataclass
from typing import Any, Final

from windlass.kernel import iso
from windlass.learn.model import Report

SCHEMA: Final = 1
_SECTIONS: Final = ("found", "ranked", "gated", "done", "refused", "delivered", "blocked", "cost", "measured")


def to_json(report: Report) -> dict[str, Any]:
    """A JSON-able document; every section carries `source`, every row its time."""
    return {
        "schema": SCHEMA,
        "repository": report.repository,
        "at": iso(report.at),
        "no_actionable_items": report.idle,
        "below_threshold": report.below,
        "questions": list(report.questions),
        "catch_up": report.catch_up,
        "run": _plain(report.run),
        **{name: _plain(getattr(report, name)) for name in _SECTIONS},
    }


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _field(f.name, getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {key: _plain(value[key]) for key in sorted(value)}
    return value


def _field(name: str, value: Any) -> Any:
    if (name == "at" or name.endswith("_at")) and isinstance(value, (int, float)):
        return iso(value)
    return _plain(value)
