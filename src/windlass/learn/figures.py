"""The figures of flow for every repository, read in one transaction, and how they are shown."""

from collections.abc import Iterable, Sequence
from typing import Any

from windlass.kernel import iso
from windlass.learn import records
from windlass.learn.flow import Reading, readings
from windlass.store import Transaction

UNKNOWN = "unknown"


def figures(tx: Transaction, now: float) -> dict[str, tuple[Reading, ...]]:
    """The readings of each repository by its name; "" holds decisions that belong to no repository."""
    names = records.repositories(tx)
    found = records.facts(tx, now)
    return {names.get(number, ""): readings(facts, now) for number, facts in found.items()}


def document(found: Iterable[Reading]) -> dict[str, dict[str, Any]]:
    """JSON by key; a value that nobody measured is null and `why` says why."""
    return {
        one.key: {
            "value": one.value, "unit": one.unit, "of": one.of, "about": one.about, "source": one.source,
            "at": iso(one.at), "why": one.why,
        }
        for one in found
    }  # fmt: skip


def words(one: Reading) -> str:
    """A reading for a person: `3 tasks`, `12 % of 41`, `4 min 10 s of 8`, or `unknown: no task ended …`."""
    if one.value is None:
        return f"{UNKNOWN}: {one.why}"
    of = "" if one.of is None else f" of {one.of}"
    if one.unit == "ratio":
        return f"{one.value:.0%}{of}"
    if one.unit == "seconds":
        return f"{duration(one.value)}{of}"
    return f"{one.value:g} {one.unit if one.value != 1 else one.unit.removesuffix('s')}"


def lines(found: Sequence[Reading]) -> list[tuple[str, str]]:
    """Every reading once as (name, words), the percentiles of one thing together, ages only where one is."""
    told: dict[str, str] = {}
    for one in found:
        if one.quantile is not None and one.name in told:
            if one.value is not None:
                told[one.name] += f", p{one.quantile * 100:g} {duration(one.value)}"
        elif one.value is not None or not one.name.endswith("_age"):
            told[one.name] = ("" if one.quantile is None or one.value is None else "median ") + words(one)
    return [(name.replace("_", " "), text) for name, text in told.items()]


def duration(seconds: float) -> str:
    """Two units at most: `0.4 s`, `4 min 10 s`, `3 h 5 min`, `2 d 4 h`."""
    if seconds < 60:
        return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"
    whole = round(seconds)
    for size, unit, smaller, word in ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            rest = whole % size // smaller
            return f"{whole // size} {unit}" + (f" {rest} {word}" if rest else "")
    return f"{whole} s"
