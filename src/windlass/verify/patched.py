"""From a diff and what test runs told to the patch coverage of a change.

Which lines could run at all is what a report of coverage calls so, never a guess of ours. A line counts as
run only if a run on this very tree ran it. That it was not is certain only where all tests ran; where some
did, a line that is missing is open: the others may run it.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from windlass import languages
from windlass.kernel import WindlassError
from windlass.verify.differing import added_lines
from windlass.verify.judge import Compared
from windlass.verify.model import UNTOLD, Outcome, Reading
from windlass.verify.patch import Bound, Patch
from windlass.verify.settings import Settings
from windlass.verify.testcode import on_test_side
from windlass.workspace import Change, Mirror

CODE: Final = (
    ".py", ".js", ".mjs", ".cjs", ".jsx", ".ts", ".mts", ".cts", ".tsx", ".go", ".rs", ".java", ".kt",
    ".groovy", ".scala",
)  # fmt: skip
"""Ends of files whose lines some report of coverage could tell."""


def look(
    mirror: Mirror, trees: tuple[str, str], changes: Sequence[Change], pairs: Sequence[Compared],
    settings: Settings,
) -> Patch:  # fmt: skip
    """The patch coverage of the second tree against the first, by the runs of tests on it."""
    bound = Bound(settings.patch_coverage_min, settings.patch_coverage_lines, settings.patch_coverage_below)
    new = [one for one in changes if one.oid and one.oid != one.old_oid and is_code(one.path)]
    if not new:
        return Patch(why="", bound=bound)
    try:
        added = added_lines(mirror.patch(*trees))
    except WindlassError as error:
        return Patch(untold=tuple(sorted(one.path for one in new)), why=str(error), bound=bound)
    readings = [pair.candidate for pair in pairs if pair.role == "tests"]
    known = [one for one in readings if one.outcome is not Outcome.UNKNOWN]
    # A path that git quotes, or a new file without a line in the diff, is none of which it tells.
    unread = [one.path for one in new if one.path not in added and (one.status == "A" or _quoted(one.path))]
    code = {one.path: frozenset(added.get(one.path, ())) for one in new}
    return patch_of(code, unread, known, bound)


def patch_of(
    code: Mapping[str, frozenset[int]], unread: Collection[str], readings: Sequence[Reading], bound: Bound
) -> Patch:
    """From the lines that a change adds, by file, and what test runs on its tree told. `unread`: files of
    which the diff does not tell which lines are new.
    """
    if not unread and not any(code.values()):
        return Patch(why="", bound=bound)
    telling = [one for one in readings if not one.lines.keys().isdisjoint(code)]
    if not telling:
        return Patch(untold=tuple(sorted({*code, *unread})), why=_unknown(readings), bound=bound)
    certain = not any(one.metrics.get(UNTOLD) for one in readings)
    covered, uncovered, open_ = (dict[str, frozenset[int]]() for _ in range(3))
    untold = set(unread)
    for path, lines in code.items():
        told = [one for one in telling if path in one.lines]
        untold |= set() if told or not lines else {path}
        known = lines & frozenset(number for one in told for number in one.lines[path])
        ran = frozenset(number for number in known if any(one.lines[path].get(number) for one in told))
        whole = certain and any(":" not in one.check for one in told)  # chosen tests are `check:which`
        for kind, some in ((covered, ran), (uncovered if whole else open_, known - ran)):
            kind |= {path: some} if some else {}
    return Patch(covered, uncovered, open_, tuple(sorted(untold)), "", bound)


def is_code(path: str) -> bool:
    """Whether a file holds what tests are to run: not themselves, nor what they read."""
    return path.endswith(CODE) and not on_test_side(path) and not languages.reports.aside(path)


def _quoted(path: str) -> bool:
    return not path.isprintable() or '"' in path or "\\" in path


def _unknown(readings: Sequence[Reading]) -> str:
    if any(one.metrics.get(UNTOLD) for one in readings):
        return "coverage was asked for, and its report tells nothing of these files"
    if any(":" not in one.check for one in readings):
        return "the tests ran, and nothing measured which lines they ran (for pytest, name pytest-cov)"
    return "only chosen tests ran" if readings else "no tests ran"
