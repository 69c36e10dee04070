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
_HOLE: Final = re.compile(r"\{\{|\}\}|\{(\d{1,3})\}")


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
    rules = _Rules(_table(run.get("tool")))
    bases, files = _table(run.get("originalUriBaseIds")), _objects(run.get("artifacts"))
    for result in _counted(run):
        yield _result(result, tool, rules.of(result), (bases, files), tracked)


def _counted(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Results that say that something is wrong."""
    every = _objects(run.get("results"))
    return [one for one in every if one.get("kind") not in ("pass", "notApplicable") and not _suppressed(one)]


def _result(
    result: Mapping[str, Any], tool: str, rule: Mapping[str, Any], places: "_Places",
    tracked: Mapping[str, object],
) -> Result | None:  # fmt: skip
    named = _text(_table(result.get("rule")).get("id"))
    rule_id = (_text(result.get("ruleId")) or named or _text(rule.get("id")) or "unnamed")[:RULE_MAX]
    place = next(iter(_objects(result.get("locations"))), {})
    physical = _table(place.get("physicalLocation"))
    path = _path(_artifact(_table(physical.get("artifactLocation")), places[1]), places[0], tracked)
    if path is None:
        return None
    region = _table(physical.get("region"))
    properties = {**_table(rule.get("properties")), **_table(result.get("properties"))}
    security = _security(properties)
    level = _text(result.get("level")) or _text(_table(rule.get("defaultConfiguration")).get("level"))
    message = _message(result) or _named(_table(result.get("message")), rule)
    about = _text(_table(rule.get("shortDescription")).get("text")) or message
    return Result(
        tool, rule_id, path, _whole(region.get("startLine"), 1), _whole(region.get("startColumn"), 0),
        message, about, security or _SEVERITY.get(level, "warning"), security is not None,
    )  # fmt: skip


def _with_fingerprints(run: Mapping[str, Any], found: Sequence[Result]) -> list[Result]:
    """Take the tool's own fingerprints only where all results of the run have one and no two are equal."""
    results = _counted(run)
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


_Places = tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]
"""Addresses by the name of a base, and the files that a run tells of."""


def _artifact(told: Mapping[str, Any], files: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The location itself, or that of the file whose number it says."""
    at = _whole(told.get("index"), -1)
    if _text(told.get("uri")) or not 0 <= at < len(files):
        return told
    return _table(files[at].get("location"))


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


class _Rules:
    """What a tool, and each of its extensions, says of its rules."""

    def __init__(self, tool: Mapping[str, Any]) -> None:
        self.own = _objects(_table(tool.get("driver")).get("rules"))
        self.extended = [_objects(one.get("rules")) for one in _objects(tool.get("extensions"))]
        every = [*(rule for rules in reversed(self.extended) for rule in rules), *self.own]
        self.by_id = {_text(rule.get("id")): rule for rule in every}

    def of(self, result: Mapping[str, Any]) -> Mapping[str, Any]:
        """By its number in what it says that it is of, or by its name or the beginning of that."""
        told = _table(result.get("rule"))
        part = _whole(_table(told.get("toolComponent")).get("index"), -1)
        rules = self.extended[part] if 0 <= part < len(self.extended) else self.own
        index = _whole(told.get("index"), _whole(result.get("ruleIndex"), -1))
        if 0 <= index < len(rules):
            return rules[index]
        name = _text(result.get("ruleId")) or _text(told.get("id"))
        return _table(self.by_id.get(name) or self.by_id.get(name.partition("/")[0]))


def _suppressed(result: Mapping[str, Any]) -> bool:
    given = _objects(result.get("suppressions"))
    return bool(given) and all(s.get("status", "accepted") == "accepted" for s in given)


def _message(result: Mapping[str, Any]) -> str:
    message = _table(result.get("message"))
    return " ".join((_text(message.get("text")) or _text(message.get("markdown"))).split())[:TEXT_MAX]


def _named(message: Mapping[str, Any], rule: Mapping[str, Any]) -> str:
    """What a rule has in store for the name of a message, its holes filled."""
    texts, words = _table(rule.get("messageStrings")), message.get("arguments")
    told = _text(_table(texts.get(_text(message.get("id")))).get("text"))

    def filled(hole: re.Match[str]) -> str:
        at = int(hole[1]) if hole[1] else -1
        if at < 0:
            return hole[0][0]
        return _text(words[at])[:TEXT_MAX] if isinstance(words, list) and at < len(words) else hole[0]

    return " ".join(_HOLE.sub(filled, told[:TEXT_MAX]).split())[:TEXT_MAX]


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, dict)] if isinstance(value, list) else []


def _table(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: object, default: int) -> int:
    return value if type(value) is int and 0 <= value < 2**31 else default
