"""Part of a test run that is too long: which files fit, what the whole run says about them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Final

from windlass.verify.model import Deferred, Outcome, Reading

FULL: Final = 0.8
"""Share of the seconds left that is planned for: durations vary."""
SHOWN_MAX: Final = 20


def fitting(first: Sequence[str], spent: Mapping[str, float], seconds: float) -> tuple[str, ...]:
    """Test files of known duration that fit into some seconds: those of `first` in their order, then the
    quickest.
    """
    ahead = [path for path in first if path in spent]
    rest = sorted(spent.keys() - set(ahead), key=lambda path: (spent[path], path))
    room, chosen = FULL * seconds, list[str]()
    for path in (*ahead, *rest):
        if spent[path] <= room:
            room -= spent[path]
            chosen.append(path)
    return tuple(chosen)


def overhead(reading: Reading) -> float:
    """Seconds of a run that went into none of its tests: starting, collecting, reporting."""
    return max(0.0, reading.seconds - sum(reading.spent.values()))


def part(reading: Reading, files: Collection[str], check: str) -> Reading:
    """What a run says about some of its files, as a reading of its own; UNKNOWN where it says nothing."""
    cases = {case: result for case, result in reading.cases.items() if case.partition("::")[0] in files}
    outcome = Outcome.PASSED if cases else Outcome.UNKNOWN
    if any(result in ("failed", "error") for result in cases.values()):
        outcome = Outcome.FAILED
    return Reading(check, outcome, reading.seconds, {"collected": float(len(cases))}, cases)


def mended(reading: Reading, again: Reading) -> Reading:
    """A reading with the results of a newer run of some of its tests; UNKNOWN if that one is."""
    if again.outcome is Outcome.UNKNOWN:
        return replace(again, check=reading.check)
    cases = {**reading.cases, **again.cases}
    bad = any(result in ("failed", "error") for result in cases.values())
    return replace(reading, cases=cases, outcome=Outcome.FAILED if bad else Outcome.PASSED)


def told_left_out(
    check: str, tests: Collection[str], chosen: Collection[str], seconds: float, spent: Mapping[str, float]
) -> Deferred:
    """Which test files were not run, and why; how long they take, if that is known of each."""
    rest = sorted(set(tests) - set(chosen))
    takes = sum(spent[path] for path in rest) if spent.keys() >= set(rest) else None
    shown = ", ".join(rest[:SHOWN_MAX]) + (f", and {len(rest) - SHOWN_MAX} more" if rest[SHOWN_MAX:] else "")
    why = f"the whole run does not end within {seconds:.0f} s; {len(rest)} files left out: {shown}"
    return Deferred(check, why, takes)


def told_unended(check: str, chosen: Sequence[str], reading: Reading) -> Deferred:
    """Which of some chosen tests did not end in time."""
    ran = {*reading.spent, *(case.partition("[")[0] for case in reading.cases)}
    rest = [test for test in chosen if test.partition("[")[0] not in ran]
    shown = ", ".join(rest[:SHOWN_MAX]) + (f", and {len(rest) - SHOWN_MAX} more" if rest[SHOWN_MAX:] else "")
    why = f"{len(rest)} of {len(chosen)} that the change can affect had no time any more"
    return Deferred(check, f"{why}: {shown}" if rest else "the run of the chosen tests did not end")
