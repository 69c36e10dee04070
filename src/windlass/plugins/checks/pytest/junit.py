"""What pytest's JUnit report says, by the ids that pytest takes back. Pure."""

import json
from collections.abc import Collection, Mapping
from typing import Final

from windlass import languages

PARTS_MAX: Final = 64
"""Parts of a class name that are looked at, folders and classes within one another."""


def parse_junit(report: bytes, files: Collection[str]) -> languages.reports.Report:
    """A test reported twice keeps its worst result; a file that cannot be collected is an `error` of its
    path.
    """
    modules = {path.removesuffix(".py").replace("/", "."): path for path in sorted(files, reverse=True)}
    cases = languages.reports.read_cases(report)
    told = ((node_id(c.classname, c.name, modules), c.result, c.seconds, c.said) for c in cases)
    return languages.reports.gathered(told, files)


def node_id(classname: str, name: str, modules: Mapping[str, str]) -> str:
    """`tests.test_a.TestB` and `test_c[1]` as `tests/test_a.py::TestB::test_c[1]`: the longest prefix that is
    a file counts.
    """
    if not classname:
        return modules.get(name, name)
    parts = classname.split(".", PARTS_MAX)
    for size in range(min(len(parts), PARTS_MAX), 0, -1):
        path = modules.get(".".join(parts[:size]))
        if path is not None:
            return "::".join((path, *parts[size:], name))
    return f"{classname}::{name}"


def total_coverage(report: bytes, files: Collection[str]) -> float | None:
    """Percent of lines covered from coverage's JSON report; None when there is none to be had, or it is about
    none of these files.
    """
    try:
        told = json.loads(report)
        percent = told["totals"]["percent_covered"] if any(path in files for path in told["files"]) else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return float(percent) if isinstance(percent, (int, float)) and 0 <= percent <= 100 else None
