"""What a report says once it is read. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

CASES_MAX: Final = 200_000
"""Test cases one report may hold."""
REPORT_MAX: Final = 64 * 1024 * 1024
"""Bytes of one report."""
ID_MAX: Final = 2_000
WHY_MAX: Final = 200
"""Characters of what one case said."""
WHYS_MAX: Final = 200
DAY_S: Final = 86_400.0
RANK: Final = {"passed": 0, "skipped": 1, "failed": 2, "error": 3}
"""Results of a case, the worse the higher."""


class BadReport(ValueError):
    """The report cannot be trusted or read; the message says why."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test as its report tells it. `file` and `suites` (the outermost first) are empty where the dialect
    has none; `said`: what it said where it failed, else None.
    """

    name: str
    result: str
    classname: str = ""
    file: str = ""
    suites: tuple[str, ...] = ()
    seconds: float = 0.0
    said: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """`cases`: test id to result. `spent`: seconds per file, in the order of their last tests. `why`: what
    failed and broken ones said, at most `WHYS_MAX` of them.
    """

    cases: dict[str, str]
    spent: dict[str, float] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Lines:
    """Of each file the lines that could run: whether one did."""

    files: Mapping[str, Mapping[int, bool]]

    @property
    def percent(self) -> float | None:
        """Of all lines; None where there is none."""
        ran = [one for lines in self.files.values() for one in lines.values()]
        return 100.0 * sum(ran) / len(ran) if ran else None


Told = tuple[str, str, float | None, str | None]
"""Id, result, seconds where they are known, what was said where it failed."""


def gathered(told: Iterable[Told], files: Collection[str]) -> Report:
    """One report of what is told: a test told twice keeps its worst result."""
    report = Report({})
    for number, (name, result, seconds, said) in enumerate(told):
        if number >= CASES_MAX:
            raise BadReport(f"more than {CASES_MAX} test cases")
        case = name[:ID_MAX]
        if said is not None and len(report.why) < WHYS_MAX:
            report.why.setdefault(case, said[:WHY_MAX])
        if RANK[result] >= RANK[report.cases.get(case, "passed")]:
            report.cases[case] = result
        path, found, _ = case.partition("::")
        if found and path in files and seconds is not None:
            report.spent[path] = report.spent.pop(path, 0.0) + seconds
    return report


def duration(told: object) -> float:
    """Seconds between 0 and a day; anything else is 0."""
    try:
        number = float(told) if isinstance(told, str | int | float) else 0.0
    except (ValueError, OverflowError):
        return 0.0
    return number if 0.0 <= number <= DAY_S else 0.0
