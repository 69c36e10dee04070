"""Evidence as a document tells it to another data home, and as it is read there. Pure.

Only outcomes are told: what is unknown, or ran out of time, says nothing of the tree. What comes from
elsewhere is hostile until it is read: every name, number and list has a bound.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from windlass import scan
from windlass.kernel import Invalid
from windlass.sandbox import Level
from windlass.verify.model import CASES_MAX, DETAIL_MAX, Evidence, Outcome, Reading
from windlass.verify.records import adopt, evidence_of, grouped, newest_trees, tellable

__all__ = ["Evidence", "adopt", "evidence_of", "newest_trees", "parse", "tellable", "told"]

NAME_MAX: Final = 200
KEY_MAX: Final = 5_000
"""Characters of a test's id, or of a path and a rule."""
NUMBER_MAX: Final = 1e15
AHEAD_S: Final = 3600.0
"""How far another machine's clock may be ahead."""
RESULTS: Final = frozenset({"passed", "failed", "error", "skipped"})
_FIELDS: Final = frozenset(
    {"check", "environment", "verdict", "sandbox", "at", "seconds", "metrics", "counts", "cases", "spent",
     "why", "detail"}
)  # fmt: skip
_Read = TypeVar("_Read")


def told(found: Evidence) -> dict[str, Any]:
    """One reading for others. What programs printed stays here where it looks like a secret."""
    reading = found.reading
    printed = "\n".join([reading.detail, *reading.why.values()])
    secret = bool(scan.find(printed.encode("utf-8", "replace")))
    return {
        "check": found.check, "environment": found.environment, "verdict": reading.outcome.value,
        "sandbox": found.sandbox, "at": found.at, "seconds": reading.seconds,
        "metrics": dict(reading.metrics), "counts": dict(reading.counts), "cases": grouped(reading.cases),
        "spent": dict(reading.spent), "why": {} if secret else dict(reading.why),
        "detail": "" if secret else reading.detail,
    }  # fmt: skip


def parse(read: object, tree: str, now: float) -> Evidence:
    """One reading of another's; Invalid says what is wrong with it."""
    if not isinstance(read, dict) or read.keys() != _FIELDS:
        raise Invalid(f"a reading has the fields {', '.join(sorted(_FIELDS))}, and no others")
    check, environment = _name(read["check"], "check"), _name(read["environment"], "environment")
    verdict = read["verdict"]
    if verdict not in (Outcome.PASSED.value, Outcome.FAILED.value):
        raise Invalid(f"{check}: {str(verdict)[:50]!r} is no outcome of a check")
    sandbox = read["sandbox"]
    if sandbox not in [one.value for one in Level]:
        raise Invalid(f"{check}: {str(sandbox)[:50]!r} is no level of a sandbox")
    at = _number(read["at"], "at", least=0.0)
    if at > now + AHEAD_S:
        raise Invalid(f"{check}: it was measured in the future", hint="set the clocks of both machines")
    cases = _table(read["cases"], "cases", _ids)
    flat = {case: result for result, ids in cases.items() for case in ids}
    if not cases.keys() <= RESULTS or sum(map(len, cases.values())) != len(flat) or len(flat) > CASES_MAX:
        raise Invalid(f"{check}: a test has two results, one that is not known, or there are too many")
    reading = Reading(
        check, Outcome(verdict), _number(read["seconds"], "seconds", least=0.0),
        _table(read["metrics"], "metrics", _number), flat, _table(read["counts"], "counts", _count),
        _text(read["detail"], "detail", DETAIL_MAX), _table(read["spent"], "spent", _number),
        _table(read["why"], "why", lambda one, what: _text(one, what, DETAIL_MAX)),
    )  # fmt: skip
    return Evidence(tree, check, environment, reading, sandbox, at)


def _name(read: object, what: str) -> str:
    text = _text(read, what, NAME_MAX)
    if not text or not text.isprintable():
        raise Invalid(f"{what} is no name: {text[:50]!r}")
    return text


def _text(read: object, what: str, most: int) -> str:
    if not isinstance(read, str) or len(read) > most:
        raise Invalid(f"{what} is no text of at most {most} characters")
    return read


def _number(read: object, what: str, *, least: float = -NUMBER_MAX) -> float:
    if not isinstance(read, int | float) or isinstance(read, bool) or not least <= read <= NUMBER_MAX:
        raise Invalid(f"{what} is no number from {least:g} to {NUMBER_MAX:g}")
    return float(read)


def _count(read: object, what: str) -> int:
    if type(read) is not int:
        raise Invalid(f"{what} is no whole number")
    return int(_number(read, what, least=0.0))


def _ids(read: object, what: str) -> list[str]:
    if not isinstance(read, list):
        raise Invalid(f"{what} is no list of tests")
    return [_text(one, what, KEY_MAX) for one in read]


def _table(read: object, what: str, parse_one: Callable[[object, str], _Read]) -> Mapping[str, _Read]:
    if not isinstance(read, dict):
        raise Invalid(f"{what} is no table")
    return {_text(name, what, KEY_MAX): parse_one(one, what) for name, one in read.items()}
