"""Read what the programs inside wrote: what they wrote may be forged by what they ran. Pure."""

import json
from collections.abc import Collection
from typing import Any, Final

from windlass.plugins.checks.migrations.graph import Fault

RULES: Final = frozenset({
    "migration-fails", "model-drift", "warning no-downgrade", "warning downgrade-fails",
    "warning upgrade-again-fails",
})  # fmt: skip
REPORT_MAX: Final = 1024 * 1024
FAULTS_MAX: Final = 200
TEXT_MAX: Final = 300


def parse_told(
    report: bytes | None, files: Collection[str], config: str
) -> tuple[list[Fault], list[str]] | None:
    """Faults and notes; a fault of no file of the tree is one of the configuration. None: it is no report."""
    if not report or len(report) > REPORT_MAX:
        return None
    try:
        told = json.loads(report)
        faults, notes = told["faults"], told["notes"]
        if len(faults) > FAULTS_MAX or len(notes) > FAULTS_MAX:
            return None
        return [_fault(one, files, config) for one in faults], [_clean(one, TEXT_MAX) for one in notes]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _fault(told: dict[str, Any], files: Collection[str], config: str) -> Fault:
    rule, path, line = told["rule"], told["path"], told["line"]
    if rule not in RULES or type(line) is not int or line < 0 or not isinstance(path, str):
        raise TypeError("no fault")
    known = path in files
    text, about = _clean(told["text"], TEXT_MAX), _clean(told["about"], 100)
    return Fault(path if known else config, rule, text, line if known else 0, about)


def _clean(text: object, most: int) -> str:
    """A text in one line that steers nothing."""
    if not isinstance(text, str):
        raise TypeError("a text is wanted")
    plain = "".join(sign if sign.isprintable() and sign != "|" else " " for sign in text)
    return " ".join(plain.split())[:most]
