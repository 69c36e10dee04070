"""From what the tools said to figures with scores. Pure; every formula stands here.

Where there is a base, a score is its share: base / (base + change), so 0.5 is "as before" and more is better.
Where things are counted that a change had better not add, it is 1 / (1 + how many).
"""

from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

from windlass.verify.evaluation.model import Axis, Figure, Raw

RESOLUTION: Final = 0.10
"""Differences of cost below this share of the base are noise on any machine, and count as none."""
USUAL_LINES: Final = 100
"""A change of so many lines has half the score of an empty one."""
COMPLEXITY, UNDOCUMENTED, PYTEST_RUNS = "complexity", "undocumented", "our own runs of the tests, in turn"
_COSTS: Final = (("wall time", "wall_s", "s"), ("processor time", "cpu_s", "s"), ("memory", "peak_mb", "MiB"))


def figures(raw: Raw) -> tuple[Figure, ...]:
    """All figures of one change, known or not, in a fixed order."""
    return (*_performance(raw), *_quality(raw), *_security(raw), *_value(raw))


def share(base: float, now: float) -> float:
    """0.5 where both are equal or nearly so, towards 1 the smaller `now` is."""
    if abs(now - base) <= RESOLUTION * max(base, 1e-9):
        return 0.5
    return base / (base + now)


def _performance(raw: Raw) -> Iterator[Figure]:
    for name, key, unit in _COSTS:
        both = [(base[key], now[key]) for base, now in raw.costs if key in base and key in now]
        if not both:
            yield _unknown(Axis.PERFORMANCE, name, raw, "costs")
            continue
        base, now = (median(side) for side in zip(*both, strict=True))
        score = 0.5 if _mixed(both) else share(base, now)
        runs = tuple(after / before for before, after in both if before)
        source = f"{PYTEST_RUNS}: median of {len(both)}"
        yield Figure(Axis.PERFORMANCE, name, score, now, base, unit, source, runs=runs)


def _mixed(both: Sequence[tuple[float, float]]) -> bool:
    """Whether the runs of the two trees overlap, so that there is no difference to speak of."""
    bases, nows = zip(*both, strict=True)
    return bool(max(min(bases), min(nows)) <= min(max(bases), max(nows)))


def _quality(raw: Raw) -> Iterator[Figure]:
    if raw.ruff is None:
        for name in ("complexity", "lint", "docstrings"):
            yield _unknown(Axis.QUALITY, name, raw, "ruff")
    else:
        base, now = (_sum(side, COMPLEXITY) for side in raw.ruff)
        score = (base + 1) / (base + now + 2)
        yield Figure(
            Axis.QUALITY, "complexity", score, now, base, "", "ruff C901, cyclomatic, of the changed files"
        )
        yield _new(Axis.QUALITY, "lint", _more(*raw.ruff, quality=True), "ruff, new violations")
        yield _new(Axis.QUALITY, "docstrings", _extra(*raw.ruff, UNDOCUMENTED), "ruff D100 to D107, new")
    if raw.reached is None:
        yield _unknown(Axis.QUALITY, "coverage", raw, "reached")
    elif raw.reached[1]:
        yield _part(Axis.QUALITY, "coverage", raw.reached, "changed lines that the tests ran, traced by us")


def _security(raw: Raw) -> Iterator[Figure]:
    if raw.ruff is None:
        yield _unknown(Axis.SECURITY, "vulnerabilities", raw, "ruff")
    else:
        found = _more(*raw.ruff, quality=False)
        yield _new(Axis.SECURITY, "vulnerabilities", found, "ruff S (bandit's rules), new")
    yield _new(Axis.SECURITY, "secrets", len(raw.secrets), "forms of secrets on added lines")
    if raw.packages is None:
        yield _unknown(Axis.SECURITY, "dependencies", raw, "packages")
        return
    before, after = raw.packages
    other = sum(before.get(name) != version for name, version in after.items())
    yield _new(Axis.SECURITY, "dependencies", other, "packages installed for it that are new or changed")


def _value(raw: Raw) -> Iterator[Figure]:
    for name, part, source in (
        ("acceptance", raw.accepted, "commands that a person named"),
        ("mended tests", raw.mended, "tests that failed on the base and pass now"),
        ("findings", raw.resolved, "findings of the task that are gone"),
    ):
        if part is not None and part[1]:
            yield _part(Axis.VALUE, name, part, source, solves=True)
        elif name.split()[0] in raw.why:
            yield _unknown(Axis.VALUE, name, raw, name.split()[0], solves=True)
    score = USUAL_LINES / (USUAL_LINES + raw.lines)
    yield Figure(Axis.VALUE, "size", score, raw.lines, None, "lines", "git diff, added and removed")
    yield _part(Axis.VALUE, "scope", (raw.named, raw.files), "changed files that the task names")


def _new(axis: Axis, name: str, count: int, source: str) -> Figure:
    return Figure(axis, name, 1 / (1 + count), count, None, "new", source)


def _part(axis: Axis, name: str, part: tuple[int, int], source: str, *, solves: bool = False) -> Figure:
    some, of = part
    score = some / of if of else 1.0
    return Figure(axis, name, score, some, None, f"of {of}", source, solves=solves)


def _unknown(axis: Axis, name: str, raw: Raw, what: str, *, solves: bool = False) -> Figure:
    return Figure(axis, name, None, why=raw.why.get(what, "it was not measured"), solves=solves)


def _sum(counts: Mapping[str, int], what: str) -> int:
    return sum(count for key, count in counts.items() if key.endswith(f"|{what}"))


def _extra(base: Mapping[str, int], now: Mapping[str, int], what: str) -> int:
    return max(0, _sum(now, what) - _sum(base, what))


def _more(base: Mapping[str, int], now: Mapping[str, int], *, quality: bool) -> int:
    """New violations by file and rule; moved ones are not new. Rules of security begin with S and a digit."""
    return sum(
        max(0, count - base.get(key, 0))
        for key, count in now.items()
        if not key.endswith((f"|{COMPLEXITY}", f"|{UNDOCUMENTED}"))
        if (key.rpartition("|")[2][:1] == "S" and key.rpartition("|")[2][1:2].isdigit()) is not quality
    )
