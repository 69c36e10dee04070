"""Any scanner through one door: a SARIF 2.1.0 file.

The file is hostile until read: its size, depth and number of results are bounded, every path must be a file
of the tree, and a tool's own fingerprints count only when they are distinct within the run (semgrep writes
the same one for every result). Nothing in it is fetched, opened or run.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from windlass.backlog import Hit, Report, View, rule_group
from windlass.kernel import Invalid, Tools, Unavailable

RESULTS_MAX: Final = 100_000
TEXT_MAX: Final = 1_000
RULE_MAX: Final = 200
FILE_MAX: Final = 2_000_000
_SEVERITY: Final = {"error": "error", "warning": "warning", "note": "note", "none": "note"}
_SCHEME = re.compile(r"^(?:file://[^/]*)?/*")


@dataclass(frozen=True)
class Settings:
    """`path`: the SARIF file on this host. `name`: tells several such files apart."""

    path: str = ""
    name: str = ""
    size_max_bytes: int = 50_000_000


class SarifFile:
    """The source. Its findings are gone when two complete reports in a row do not have them."""

    version = "sarif/1"

    def __init__(self, settings: Settings) -> None:
        if not settings.path:
            raise Invalid("the sarif_file source needs a path", hint='set path = "report.sarif"')
        self._settings = settings
        self.name = settings.name or f"sarif:{Path(settings.path).name}"

    def scan(self, view: View) -> Report:
        tracked = view.files()
        report = parse_sarif(read_bounded(Path(self._settings.path), self._settings.size_max_bytes), tracked)
        lines = _lines(view, {hit.path for hit in report.hits if hit.path})
        hits = tuple(replace(hit, anchor=_anchor(hit, lines.get(hit.path, ()))) for hit in report.hits)
        return replace(report, hits=hits)


def read_bounded(path: Path, size_max: int) -> bytes:
    """The bytes of a regular file of at most `size_max` bytes."""
    try:
        if not path.is_file():
            raise Unavailable(f"no SARIF file at {str(path)!r}", hint="let the scanner write it first")
        with path.open("rb") as stream:
            content = stream.read(size_max + 1)
    except OSError as error:
        raise Unavailable(f"cannot read {str(path)!r}: {error.strerror}") from error
    if len(content) > size_max:
        raise Invalid(f"{str(path)!r} is larger than {size_max} bytes", hint="raise size_max_bytes")
    return content


def parse_sarif(content: bytes, tracked: Mapping[str, object]) -> Report:
    """Every result of every run. A result outside the tree lowers the coverage instead of becoming work."""
    document = _document(content)
    hits: list[Hit] = []
    errors: list[str] = []
    outside = 0
    for run in _objects(document.get("runs")):
        tool = _text(_table(_table(run.get("tool")).get("driver")).get("name")) or "tool"
        mine = list(_run_hits(run, tool, tracked))
        outside += sum(1 for hit in mine if hit is None)
        hits += _with_fingerprints(run, [hit for hit in mine if hit is not None])
        errors += _failures(run, tool)
        if len(hits) > RESULTS_MAX:
            raise Invalid(f"the file has more than {RESULTS_MAX} results")
    seen = len(hits) + outside
    if errors:
        return Report(tuple(hits), 0.0, error="; ".join(errors)[:TEXT_MAX])
    return Report(tuple(hits), len(hits) / seen if seen else 1.0)


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


def _run_hits(run: Mapping[str, Any], tool: str, tracked: Mapping[str, object]) -> Iterator[Hit | None]:
    """The hits of one run in order; None for a result whose place is not a file of the tree."""
    rules = _objects(_table(_table(run.get("tool")).get("driver")).get("rules"))
    by_id = {_text(rule.get("id")): rule for rule in rules}
    bases = _table(run.get("originalUriBaseIds"))
    for result in _objects(run.get("results")):
        if result.get("kind") in ("pass", "notApplicable") or _suppressed(result):
            continue
        yield _hit(result, tool, _rule_of(result, rules, by_id), bases, tracked)


def _hit(
    result: Mapping[str, Any], tool: str, rule: Mapping[str, Any], bases: Mapping[str, Any],
    tracked: Mapping[str, object],
) -> Hit | None:  # fmt: skip
    rule_id = (_text(result.get("ruleId")) or _text(rule.get("id")) or "unnamed")[:RULE_MAX]
    place = next(iter(_objects(result.get("locations"))), {})
    physical = _table(place.get("physicalLocation"))
    path = _path(_table(physical.get("artifactLocation")), bases, tracked)
    if path is None:
        return None
    region = _table(physical.get("region"))
    line = _whole(region.get("startLine"), 1)
    properties = {**_table(rule.get("properties")), **_table(result.get("properties"))}
    security = _security(properties)
    level = _text(result.get("level")) or _text(_table(rule.get("defaultConfiguration")).get("level"))
    message = _message(result)
    about = _text(_table(rule.get("shortDescription")).get("text")) or message
    return Hit(
        rule=rule_id, path=path, line=line, text=message, category="lint" if security is None else "security",
        severity=security or _SEVERITY.get(level, "warning"), group=rule_group(tool, rule_id, fixable=False),
        title=f"{tool}: {rule_id}: {about}"[:120], anchor=f"{message} {_whole(region.get('startColumn'), 0)}",
        data={"tool": tool, "code": rule_id, "column": _whole(region.get("startColumn"), 0)},
    )  # fmt: skip


def _with_fingerprints(run: Mapping[str, Any], hits: Sequence[Hit]) -> list[Hit]:
    """Take the tool's own fingerprints only where all results of the run have one and no two are equal."""
    results = [r for r in _objects(run.get("results")) if not _suppressed(r)]
    if len(results) != len(hits):
        return list(hits)
    for kind in ("fingerprints", "partialFingerprints"):
        given = [_table(result.get(kind)) for result in results]
        names = ["|".join(f"{k}={_text(v)}" for k, v in sorted(g.items())) for g in given]
        if distinct(names):
            pairs = zip(hits, names, strict=True)
            return [replace(hit, tool_fingerprint=name[:TEXT_MAX]) for hit, name in pairs]
    return list(hits)


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


def _anchor(hit: Hit, lines: Sequence[str]) -> str:
    text = lines[hit.line - 1].strip() if 0 < hit.line <= len(lines) else ""
    # The column tells two results of one rule on one line apart only together with their order.
    return f"{hit.text} {text}"


def _lines(view: View, paths: set[str]) -> dict[str, list[str]]:
    tracked = view.files()
    by_oid: dict[str, list[str]] = {}
    for path in sorted(paths):
        by_oid.setdefault(tracked[path].oid, []).append(path)
    found = {}
    for oid, content in view.blobs(list(by_oid), FILE_MAX):
        text = (content or b"").decode("utf-8", "replace").split("\n")
        found.update(dict.fromkeys(by_oid[oid], text))
    return found


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


def open(settings: Settings, tools: Tools) -> SarifFile:
    return SarifFile(settings)
