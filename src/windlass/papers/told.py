"""What a look at papers came to, written inside the sandbox and read outside as something hostile. Pure."""

import hashlib
import json
import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

FAULTS_MAX: Final = 5_000
AT_MAX: Final = 160
TEXT_MAX: Final = 240
UNREAD_MAX: Final = 20
"""Reasons that are told why something could not be looked at; the rest is counted."""
REPORT_MAX: Final = 16 * 1024 * 1024
WARNING: Final = "warning "
"""How the rule of a fault begins that is for a person and refuses nothing."""
MEASURES_MAX: Final = 20

_MEASURE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_RULE: Final = re.compile(r"[a-z][a-z-]{1,39}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff|]+")


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of a file. `at`: what it is about, by which it is known again when lines move. `line` counts
    from 1; 0: not known. One that is not `grave` is for a person.
    """

    path: str
    rule: str
    at: str
    line: int
    text: str
    grave: bool = True

    @property
    def key(self) -> str:
        """`path|rule at`, as readings count."""
        name = self.rule if self.grave else f"{WARNING}{self.rule}"
        return f"{self.path}|{name} {_cut(self.at)}".rstrip()


@dataclass(frozen=True, slots=True)
class Told:
    """`files`: how many were looked at. `unread`: why not all were. `notes`: what else is to be known.
    `measures`: numbers by name, with the unit in it.
    """

    files: int = 0
    faults: Sequence[Fault] = ()
    unread: Sequence[str] = ()
    notes: Sequence[str] = ()
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        return dict(sorted(Counter(one.key for one in self.faults).items()))

    @property
    def why(self) -> dict[str, str]:
        """The first of each, with its line."""
        found: dict[str, str] = {}
        for one in self.faults:
            found.setdefault(one.key, f"line {one.line}: {one.text}" if one.line else one.text)
        return found

    @property
    def detail(self) -> str:
        more = len(self.unread) - UNREAD_MAX
        told = [f"{self.files} files", *self.notes[:UNREAD_MAX], *self.unread[:UNREAD_MAX]]
        return "; ".join([*told, *([f"and {more} more"] if more > 0 else [])])


def written(told: Told) -> bytes:
    """The report, every text of it short and without control characters."""
    few = told.faults[:FAULTS_MAX]
    unread = list(told.unread)
    if len(told.faults) > len(few):
        unread.insert(0, f"more than {FAULTS_MAX} faults, the rest is not told")
    document = {
        "files": told.files, "faults": [asdict(one) for one in few], "unread": unread[:FAULTS_MAX],
        "notes": list(told.notes), "measures": dict(told.measures),
    }  # fmt: skip
    return json.dumps(document).encode()


def parse_told(content: bytes | None, files: Collection[str]) -> Told | None:
    """What a report says of a tree with these files; None where it is no report. Faults of files that are
    not in the tree are no faults: then something was not read.
    """
    if not content or len(content) > REPORT_MAX:
        return None
    try:
        told = json.loads(content)
        faults = [_fault(one) for one in told["faults"]]
        unread, notes = ([clean(one) for one in told[key]] for key in ("unread", "notes"))
        number, measures = told["files"], _measures(told["measures"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if type(number) is not int or number < 0 or len(faults) > FAULTS_MAX:
        return None
    known = [one for one in faults if one.path in files]
    if len(known) < len(faults):
        unread.insert(0, f"{len(faults) - len(known)} faults are told of files that are not in the tree")
    return Told(number, known, unread, notes, measures)


def clean(text: object, most: int = TEXT_MAX) -> str:
    """A text in one line that steers nothing and says nothing else where readings are parsed."""
    if not isinstance(text, str):
        raise TypeError("a text is wanted")
    plain = _CONTROL.sub(" ", text)
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def _measures(told: dict[str, Any]) -> dict[str, float]:
    if len(told) > MEASURES_MAX or not all(_MEASURE.fullmatch(name) for name in told):
        raise TypeError("no measures")
    if any(type(value) not in (int, float) or not math.isfinite(value) for value in told.values()):
        raise TypeError("no numbers")
    return {name: float(value) for name, value in told.items()}


def _fault(told: dict[str, Any]) -> Fault:
    path, rule, line, grave = told["path"], told["rule"], told["line"], told["grave"]
    if not isinstance(path, str) or not _RULE.fullmatch(rule) or type(grave) is not bool:
        raise TypeError("no fault")
    if type(line) is not int or line < 0:
        raise TypeError("no line")
    return Fault(path, rule, clean(told["at"], 4096), line, clean(told["text"]), grave)


def _cut(text: str) -> str:
    """A long one by its beginning and a digest: two that differ stay two."""
    if len(text) <= AT_MAX:
        return text
    return f"{text[: AT_MAX - 13]}…{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}"
