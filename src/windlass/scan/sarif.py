"""Read what any scanner found: SARIF 2.1.0. Pure.

A report is hostile until read: its depth and number of results are bounded, every path must be a file of the
tree, and a tool's own fingerprints count only when they are distinct within the run (semgrep writes the same
one for every result). Nothing in it is fetched, opened or run.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import unquote

from windlass.kernel import Invalid

RESULTS_MAX: Final = 100_000
TEXT_MAX: Final = 1_000
RULE_MAX: Final = 200
_SEVERITY: Final = {"error": "error", "warning": "warning", "note": "note", "none": "note"}
_SCHEME = re.compile(r"^(?:file://[^/]*)?/*")


@dataclass(frozen=True, slots=True)
class Result:
    """One result at a file of the tree. `severity`: critical, error, warning or note. `about`: what its rule
    is about. `fingerprint`: the tool's own; empty where those are good for nothing.
    """

    tool: str
    rule: str
    path: str
    line: int
    column: int
    message: str
    about: str
    severity: str
    security: bool
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class Sarif:
    """`outside`: results whose place is not in the tree. `errors`: what tools say went wrong with them."""

    results: tuple[Result, ...]
    outside: int = 0
    errors: tuple[str, ...] = ()


def read_sarif(content: bytes, tracked: Mapping[str, object]) -> Sarif:
    """Every result of every run. Raises Invalid for what is no SARIF 2.1.0 or has too much of it."""
    results: list[Result] = []
    errors: list[str] = []
    outside = 0
    for run in _objects(_document(content).get("runs")):
        tool = _text(_table(_table(run.get("tool")).get("driver")).get("name")) or "tool"
        mine = list(_run_results(run, tool, tracked))
        outside += sum(1 for one in mine if one is None)
        results += _with_fingerprints(run, [one for one in mine if one is not None])
        errors += _failures(run, tool)
        if len(results) > RESULTS_MAX:
            raise Invalid(f"the file has more than {RESULTS_MAX} results")
    return Sarif(tuple(results), outside, tuple(errors))


def _document(content: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise Invalid(f"the file is not JSON: {error}"[:300]) from error
    if not isinstance(document, dict) or not isinstance(document.get("runs"), list):
        raise Invalid("the file is not SARIF: it has no list of runs")
    version = document.get("version", "2.1.0")
    if version != "2.1.0":
        raise Invalid(f"SARIF version {version!r} is not supported", hint="let the scanner write 2.1.0")
    return document


def _run_results(run: Mapping[str, Any], tool: str, tracked: Mapping[str, object]) -> Iterator[Result | None]:
    """The results of one run in order; None for one whose place is not a file of the tree."""
    rules = _objects(_table(_table(run.get("tool")).get("driver")).get("rules"))
    by_id = {_text(rule.get("id")): rule for rule in rules}
    bases = _table(run.get("originalUriBaseIds"))
    for result in _objects(run.get("results")):
        if result.get("kind") in ("pass", "notApplicable") or _suppressed(result):
            continue
        yield _result(result, tool, _rule_of(result, rules, by_id), bases, tracked)


def _result(
    result: Mapping[str, Any], tool: str, rule: Mapping[str, Any], bases: Mapping[str, Any],
    tracked: Mapping[str, object],
) -> Result | None:  # fmt: skip
    rule_id = (_text(result.get("ruleId")) or _text(rule.get("id")) or "unnamed")[:RULE_MAX]
    place = next(iter(_objects(result.get("locations"))), {})
    physical = _table(place.get("physicalLocation"))
    path = _path(_table(physical.get("artifactLocation")), bases, tracked)
    if path is None:
        return None
    region = _table(physical.get("region"))
    properties = {**_table(rule.get("properties")), **_table(result.get("properties"))}
    security = _security(properties)
    level = _text(result.get("level")) or _text(_table(rule.get("defaultConfiguration")).get("level"))
    message = _message(result)
    about = _text(_table(rule.get("shortDescription")).get("text")) or message
    return Result(
        tool, rule_id, path, _whole(region.get("startLine"), 1), _whole(region.get("startColumn"), 0),
        message, about, security or _SEVERITY.get(level, "warning"), security is not None,
    )  # fmt: skip


def _with_fingerprints(run: Mapping[str, Any], found: Sequence[Result]) -> list[Result]:
    """Take the tool's own fingerprints only where all results of the run have one and no two are equal."""
    results = [r for r in _objects(run.get("results")) if not _suppressed(r)]
    if len(results) != len(found):
        return list(found)
    for kind in ("fingerprints", "partialFingerprints"):
        given = [_table(result.get(kind)) for result in results]
        names = ["|".join(f"{k}={_text(v)}" for k, v in sorted(g.items())) for g in given]
        if distinct(names):
            pairs = zip(found, names, strict=True)
            return [replace(one, fingerprint=name[:TEXT_MAX]) for one, name in pairs]
    return list(found)


def distinct(given: Iterable[str]) -> bool:
    """Are a tool's fingerprints good for anything: all there and all different within the run?

    semgrep writes `requires login` for every result, bandit and ruff write none.
    """
    names = list(given)
    return bool(names) and all(names) and len(set(names)) == len(names)


def _failures(run: Mapping[str, Any], tool: str) -> list[str]:
    """What the tool says went wrong with itself."""
    failed = []
    for invocation in _objects(run.get("invocations")):
        notes = _objects(invocation.get("toolExecutionNotifications"))
        bad = [_message(note) for note in notes if note.get("level") == "error"]
        if invocation.get("executionSuccessful") is False:
            failed.append(f"{tool} did not finish: {'; '.join(bad) or 'it does not say why'}")
    return failed


def _path(artifact: Mapping[str, Any], bases: Mapping[str, Any], tracked: Mapping[str, object]) -> str | None:
    """The file of the tree a location means: as written, under its base, or by the longest end that is
    one."""
    uri = unquote(_text(artifact.get("uri")))
    base = unquote(_text(_table(bases.get(_text(artifact.get("uriBaseId")))).get("uri")))
    absolute = uri.startswith(("file:", "/"))
    parts = [p for p in _SCHEME.sub("", uri).replace("\\", "/").split("/") if p not in ("", ".")]
    if not parts or ".." in parts or len(parts) > 100:
        return None
    for start in range(len(parts) if absolute else 1):
        if (path := "/".join(parts[start:])) in tracked:
            return path
    prefix = [p for p in _SCHEME.sub("", base).split("/") if p not in ("", ".")]
    return next((p for i in range(len(prefix)) if (p := "/".join([*prefix[i:], *parts])) in tracked), None)


def _security(properties: Mapping[str, Any]) -> str | None:
    """Severity of a security result, by its CVSS-like score (9 and more critical, 7 error, 4 warning),
    else None."""
    score = properties.get("security-severity")
    tags = properties.get("tags")
    try:
        number = float(score) if isinstance(score, str | int | float) else -1.0
    except ValueError:
        number = -1.0
    if number >= 0:
        return "critical" if number >= 9 else "error" if number >= 7 else "warning" if number >= 4 else "note"
    return "warning" if isinstance(tags, list) and "security" in tags else None


def _rule_of(
    result: Mapping[str, Any], rules: Sequence[Mapping[str, Any]], by_id: Mapping[str, Mapping[str, Any]]
) -> Mapping[str, Any]:
    index = _whole(result.get("ruleIndex"), -1)
    if 0 <= index < len(rules):
        return rules[index]
    return by_id.get(_text(result.get("ruleId")), {})


def _suppressed(result: Mapping[str, Any]) -> bool:
    given = _objects(result.get("suppressions"))
    return bool(given) and all(s.get("status", "accepted") == "accepted" for s in given)


def _message(result: Mapping[str, Any]) -> str:
    message = _table(result.get("message"))
    return " ".join((_text(message.get("text")) or _text(message.get("markdown"))).split())[:TEXT_MAX]


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object, default: int) -> int:
    return value if type(value) is int and 0 <= value < 2**31 else default
