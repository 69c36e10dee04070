"""Read what linters and type checkers tell: findings counted by file and rule. Pure."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from windlass.languages.reports.model import REPORT_MAX, BadReport
from windlass.languages.reports.placing import Places

FINDINGS_MAX: Final = 200_000
"""Findings of one report."""
SAID_MAX: Final = 20
"""Findings that are told in words."""
WORDS_MAX: Final = 200
RULE_MAX: Final = 120
ELSEWHERE: Final = "elsewhere"
"""The file of what lies in no file of the tree, as in a package."""
_ERROR: Final = re.compile(
    r"(?:(?P<path>\S.*?)\((?P<line>\d+),\d+\): )?error (?P<code>TS\d+): (?P<said>.*)"
)
_SETTINGS: Final = re.compile(r"TS(5\d{3}|6\d{3}|1800\d)")
"""What the compiler says of its settings: it has not looked at the sources then."""
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Findings:
    """`counts`: `path|rule` to how many. `said`: the first of them in words. `broken`: why there may be more
    than these. `places`: each by its key in `counts`, with line and words.
    """

    counts: Mapping[str, int]
    said: tuple[str, ...] = ()
    broken: str = ""
    places: tuple[tuple[str, int, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _One:
    path: str
    line: int
    rule: str
    said: str


def parse_eslint(report: bytes, places: Places, *, warnings: bool) -> Findings:
    """What `eslint -f json` writes. Errors; `warnings` too where they count. A file that it cannot parse has
    the rule `invalid-syntax`.
    """
    try:
        files = _json(report)
        found = [one for file in files for one in _messages(file, places, warnings=warnings)]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadReport(f"not what eslint writes: {type(error).__name__}") from error
    return _gathered(found)


def _messages(file: Mapping[str, Any], places: Places, *, warnings: bool) -> Iterator[_One]:
    path = places.file(str(file["filePath"])) or ELSEWHERE
    for one in file["messages"]:
        if one["severity"] != 2 and not warnings:
            continue
        rule = str(one.get("ruleId") or ("invalid-syntax" if one.get("fatal") else "eslint"))
        yield _One(path, _line(one.get("line")), rule, str(one.get("message", "")))


def parse_tsc(printed: bytes, places: Places) -> Findings:
    """What `tsc --pretty false` prints. An error without a file is of `tsconfig.json`."""
    found, broken = [], ""
    for line in _COLOUR.sub("", _text(printed)).splitlines():
        match = _ERROR.match(line)
        if match is None:
            continue
        told, code = match["path"] or "", match["code"]
        if _SETTINGS.fullmatch(code) and (not told or told.endswith(".json")):
            broken = broken or line[:WORDS_MAX]
        path = (places.file(told) or ELSEWHERE) if told else "tsconfig.json"
        found.append(_One(path, int((match["line"] or "0")[:9]), code, match["said"]))
    return _gathered(found, broken)


def parse_clippy(printed: bytes, places: Places) -> Findings:
    """What `cargo --message-format json` prints: warnings and errors, one that is told for a library and for
    its tests once. A build that failed for nothing that is told has not looked at everything.
    """
    found: set[_One] = set()
    failed = mistaken = False
    for line in _text(printed).splitlines():
        if not line.startswith("{"):
            continue
        try:
            document = _json(line.encode())
            failed = failed or document.get("success") is False
            if document.get("reason") != "compiler-message":
                continue
            told = list(_diagnosed(document["message"], places))
            mistaken = mistaken or (bool(told) and document["message"]["level"] == "error")
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadReport(f"not what cargo writes: {type(error).__name__}") from error
        found.update(told)
    ordered = sorted(found, key=lambda one: (one.path, one.line, one.rule, one.said))
    return _gathered(ordered, "the build failed, and no file is named" if failed and not mistaken else "")


def _diagnosed(message: Mapping[str, Any], places: Places) -> Iterator[_One]:
    if message["level"] not in ("warning", "error"):
        return
    spans = [one for one in message["spans"] if one.get("is_primary")]
    code = message.get("code") or {}
    if spans:
        path = places.file(str(spans[0]["file_name"])) or ELSEWHERE
        rule = str(code.get("code") or message["level"])
        yield _One(path, _line(spans[0].get("line_start")), rule, str(message.get("message", "")))


def _gathered(found: list[_One], broken: str = "") -> Findings:
    if len(found) > FINDINGS_MAX:
        raise BadReport(f"more than {FINDINGS_MAX} findings")
    keys = [f"{one.path}|{one.rule[:RULE_MAX].replace('|', '/')}" for one in found]
    places = tuple((key, one.line, one.said[:WORDS_MAX]) for key, one in zip(keys, found, strict=True))
    said = tuple(f"{one.path}:{one.line}: {one.rule[:RULE_MAX]}: {one.said[:WORDS_MAX]}" for one in found)
    return Findings(dict(sorted(Counter(keys).items())), said[:SAID_MAX], broken, places)


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise BadReport("nested too deeply") from error


def _text(printed: bytes) -> str:
    if len(printed) > REPORT_MAX:
        raise BadReport(f"larger than {REPORT_MAX} bytes")
    return printed.decode("utf-8", "replace")


def _line(told: object) -> int:
    return told if isinstance(told, int) and 0 < told < 1_000_000_000 else 0
