"""The gate's rule: a tree is judged against its base tree. Old failures are known, new ones block, unknown
never passes.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from windlass import papers
from windlass.flakes import Certainty
from windlass.verify import asked
from windlass.verify.model import OUTSIDE, TIMED_OUT, UNRESOLVED, UNTOLD, Deferred, Outcome, Reading

SHOWN_MAX: Final = 20
"""Names listed in one reason; the rest is counted."""
COVERAGE_SLACK: Final = 0.01
"""Percentage points of coverage that are rounding, not a loss."""
MOSTLY: Final = 0.5
"""If more than this share of the tests fail on both trees, the run says more about its surroundings."""
MANY: Final = 20
"""Tests from which on a share means something."""

_FIX: Final = {
    "tests": " (name what the tests need in [verify] requirements, or a run of your own in [[verify.test]])",
    "command": " (correct the command in [verify])",
}  # fmt: skip
_SLOW: Final = " (end what hangs, or raise [verify] limit.fast and limit.pr)"
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
_PARAMETERS = re.compile(r"\[.*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Compared:
    """One check on both trees. `base` is None where it was not needed; `again`: runs of only the failed
    tests. `left_out`: what of the check there was no time for. `calls`: whose failure each failed test is,
    where that was asked; `quarantined`: those that do not block. `company`: those that pass alone and fail
    whenever the others run before them. `elsewhere`: tests that ran on the candidate in other checks.
    `edited`: what a person has to look at in files that the change edits.
    """

    role: str
    candidate: Reading
    base: Reading | None = None
    again: tuple[Reading, ...] = ()
    left_out: Deferred | None = None
    calls: Mapping[str, Certainty] = field(default_factory=dict)
    quarantined: frozenset[str] = frozenset()
    company: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    edited: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """What the change did: renames of paths old to new, files it deleted, and what became of tests (see
    `weaker.Demands`).
    """

    renames: Mapping[str, str] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    successors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ruling:
    """`new`: why it fails. `unknown`: what could not be learned. `known`, `flaky`, `quarantined`: seen and
    not blamed. `doubts`: what a person has to look at.
    """

    new: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    flaky: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    quarantined: tuple[str, ...] = ()

    @property
    def outcome(self) -> Outcome:
        if self.new:
            return Outcome.FAILED
        return Outcome.UNKNOWN if self.unknown else Outcome.PASSED


def rule(
    pairs: Sequence[Compared], delta: Delta, coverage_min: float, *, python: bool = True,
    only: Collection[str] = (),
) -> Ruling:  # fmt: skip
    """Judge everything that ran. A failure outranks an unknown: it is already certain. `python`: whether the
    tree has any. `only`: the checks that were asked for, where that is not all.
    """
    parts = [_compare(pair, delta, coverage_min) for pair in pairs]
    edited = tuple(f"{pair.candidate.check}: {text}" for pair in pairs for text in pair.edited)
    new = tuple(text for part in parts for text in part.new)
    missing = () if new else _core_missing(pairs, python=python, only=only)
    return Ruling(
        new,
        tuple(text for part in parts for text in part.unknown) + missing,
        tuple(text for part in parts for text in part.known),
        tuple(text for part in parts for text in part.flaky),
        (*(text for part in parts for text in part.doubts), *edited),
        tuple(text for part in parts for text in part.quarantined),
    )


def suspects(candidate: Reading, base: Reading | None) -> tuple[str, ...]:
    """Failures of the candidate that the base does not have: worth a second run before anybody is blamed."""
    old = base.failures if base is not None else frozenset()
    return tuple(sorted(candidate.failures - old))


def _core_missing(pairs: Sequence[Compared], *, python: bool, only: Collection[str]) -> tuple[str, ...]:
    """The least that a pass rests on: what was asked for, else one of tests, lint and command, and the syntax
    where there is Python.
    """
    told = [
        pair for pair in pairs
        if pair.candidate.outcome is not Outcome.UNKNOWN and not _empty(pair.candidate)
    ]  # fmt: skip
    if only:
        return asked.missing(only, [(pair.candidate.check, pair.role) for pair in told])
    ran = {pair.role for pair in told}
    if not ran:
        return ("no check could run on this tree (set [verify] fast or pr to commands that judge it)",)
    if (python and "syntax" not in ran) or not ran & {"tests", "lint", "command"}:
        return (
            "neither tests nor a linter could run, so nothing judges this tree (set [verify] requirements)",
        )
    return ()


def _compare(pair: Compared, delta: Delta, coverage_min: float) -> Ruling:
    candidate, base = pair.candidate, pair.base
    if pair.role == "benchmark":
        return _benchmark(candidate)
    if candidate.outcome is Outcome.UNKNOWN:
        return _unknown(pair)
    if pair.role == "tests":
        return _tests(pair, delta, coverage_min)
    if candidate.outcome is Outcome.PASSED:
        return Ruling()
    if pair.role == "scan" and base is not None and base.outcome is not Outcome.UNKNOWN:
        return _scanned(candidate, base, delta)
    if base is None or base.outcome is Outcome.UNKNOWN:
        why = "was not measured" if base is None else base.detail
        return Ruling(unknown=(f"{candidate.check}: fails, and the base tree is unknown: {why}",))
    if candidate.counts or base.counts:
        return _counts(candidate, base, delta)
    if base.outcome is Outcome.FAILED:
        return Ruling(known=(f"{candidate.check}: fails on the base tree too",))
    return Ruling(
        new=(f"{candidate.check}: passes on the base tree and fails on this one: {_end(candidate.detail)}",)
    )


def _scanned(candidate: Reading, base: Reading, delta: Delta) -> Ruling:
    """New findings refuse. What was not looked at has not passed: a person looks."""
    blind = bool(candidate.metrics.get("unread"))
    told = (f"{candidate.check}: not all could be looked at: {candidate.detail[:300]}",) if blind else ()
    mild = {key: n for key, n in candidate.counts.items() if key.partition("|")[2].startswith(papers.WARNING)}
    grave = {key: n for key, n in candidate.counts.items() if key not in mild}
    warned = _counts(replace(candidate, counts=mild), base, delta)
    ruling = _counts(replace(candidate, counts=grave), base, delta)
    return replace(ruling, known=ruling.known + warned.known, doubts=(*told, *warned.new))


def _benchmark(found: Reading) -> Ruling:
    """Both trees are in one reading. What the time was too short for is no fault, and for a person."""
    told = (f"{found.check}: {found.detail}",)
    if found.outcome is Outcome.PASSED:
        return Ruling()
    if found.outcome is Outcome.FAILED:
        return Ruling(new=told)
    short = found.metrics.get(UNRESOLVED) or found.metrics.get(TIMED_OUT)
    return Ruling(doubts=told) if short else Ruling(unknown=told)


def _unknown(pair: Compared) -> Ruling:
    candidate, base = pair.candidate, pair.base
    text = f"{candidate.check}: {candidate.detail or 'gave no result'}"
    if pair.role == "scan":
        return Ruling(doubts=(text,))
    works_on_base = base is not None and base.outcome is not Outcome.UNKNOWN
    if works_on_base and not candidate.metrics.get(OUTSIDE):
        return Ruling(new=(f"{text} (it does give a result on the base tree)",))
    if not works_on_base and base is not None and pair.role in ("types", "format", "lint", "figure"):
        return Ruling(known=(f"{text} (on the base tree too)",))
    fix = "" if candidate.metrics.get(OUTSIDE) else _FIX.get(pair.role, "")
    fix = _SLOW if candidate.metrics.get(TIMED_OUT) else fix
    return Ruling(unknown=(f"{text}, on the base tree too{fix}" if base is not None else f"{text}{fix}",))


def _tests(pair: Compared, delta: Delta, coverage_min: float) -> Ruling:
    candidate, base = pair.candidate, pair.base
    if base is None:
        return _tests_alone(pair)
    if base.outcome is Outcome.UNKNOWN:
        if candidate.outcome is Outcome.PASSED and not base.metrics.get(OUTSIDE):
            return Ruling(known=(f"{base.check}: gives no result on the base tree: {_end(base.detail)}",))
        return Ruling(unknown=(f"{candidate.check}: the base tree is unknown: {_end(base.detail)}",))
    if _empty(candidate) and _empty(base):
        none = _end(candidate.detail or "no test ran")
        return Ruling(known=(f"{candidate.check}: {none}, on the base tree neither",))
    old = {_moved(case, delta.renames): result for case, result in base.cases.items()}
    if _tells_nothing(old) and _tells_nothing(candidate.cases):
        return Ruling(unknown=(
            f"{candidate.check}: no test can be run on the base tree: {_end(base.detail)}"
            " (name what is missing in [verify] requirements)",
        ))  # fmt: skip
    bad_before = {case for case, result in old.items() if result in ("failed", "error")}
    flaky, held = _flaky(pair), (candidate.failures & pair.quarantined) - bad_before
    open_, others = _open(pair) - bad_before - held, pair.company - bad_before - held
    fresh = candidate.failures - bad_before - flaky - held - open_ - others
    new = [
        *_told(candidate.check, "fail on this tree and not on the base", candidate.because(fresh)),
        *_told(candidate.check, "pass alone and fail after the others, on the base they pass", others),
        *_missing(pair, old, delta),
        *_coverage(candidate, base, coverage_min),
    ]  # fmt: skip
    if not new and not candidate.failures and (candidate.outcome, base.outcome) == (
        Outcome.FAILED, Outcome.PASSED,
    ):  # fmt: skip
        new.append(f"{candidate.check}: {_end(candidate.detail)}")
    old_failures = candidate.failures & bad_before
    known = _told(candidate.check, "fail on the base tree too", old_failures)
    unsure = _told(
        candidate.check, "fail and pass on this tree, and it is not certain whose fault it is", open_
    )
    return Ruling(
        tuple(new), (*_mostly(candidate, old_failures), *unsure), tuple(known), tuple(sorted(flaky - held)),
        _doubtful(pair, held), tuple(sorted(held)),
    )  # fmt: skip


def _mostly(candidate: Reading, old_failures: Collection[str]) -> tuple[str, ...]:
    """Why a run is no evidence in which nearly everything fails as it did before: its surroundings are
    broken.
    """
    if len(candidate.cases) < MANY or len(old_failures) <= MOSTLY * len(candidate.cases):
        return ()
    return (
        f"{candidate.check}: {len(old_failures)} of {len(candidate.cases)} tests fail, on the base tree too,"
        f" so they tell little: {_end(candidate.detail)} (name what is missing in [verify] requirements)",
    )


def _flaky(pair: Compared) -> frozenset[str]:
    """Failures that passed when they were run again on the same tree, and are not the change's as far as that
    was asked; being skipped the second time is no excuse.
    """
    return frozenset(c for c in _both(pair) if pair.calls.get(c, Certainty.FLAKY) is Certainty.FLAKY)


def _open(pair: Compared) -> frozenset[str]:
    """Those of which it is not certain."""
    return frozenset(c for c in _both(pair) if pair.calls.get(c) is Certainty.OPEN)


def _both(pair: Compared) -> frozenset[str]:
    failures = pair.candidate.failures
    return frozenset(c for c in failures if any(run.cases.get(c) == "passed" for run in pair.again))


def _doubtful(pair: Compared, held: Collection[str]) -> tuple[str, ...]:
    """Tests in quarantine that fail more surely than their rate explains: a person looks, nothing blocks."""
    broken = sorted(case for case in held if pair.calls.get(case) is Certainty.REAL)
    return tuple(f"{case} is in quarantine, and this change seems to break it in earnest" for case in broken)


def _missing(pair: Compared, old: Mapping[str, str], delta: Delta) -> list[str]:
    """Tests of the base that are gone or no longer run, unless their file was deleted or cannot be collected
    at all, or another check runs them now.
    """
    candidate = pair.candidate
    broken = {case for case in candidate.failures if "::" not in case}
    excused = delta.deleted | broken
    ran = {_function(case) for case, result in candidate.cases.items() if result != "skipped"} | {""}
    lost = [
        case
        for case in _lost(old, candidate.cases)
        if case not in pair.elsewhere
        and _path(case) not in excused and delta.successors.get(_function(case), case) not in ran
    ]
    skipped = [c for c, result in candidate.cases.items() if result == "skipped" and old.get(c) == "passed"]
    return [
        *_told(candidate.check, "ran on the base tree and are gone", lost),
        *_told(candidate.check, "passed on the base tree and are skipped now", skipped),
    ]


def _tests_alone(pair: Compared) -> Ruling:
    """Without the base only a clean run means something."""
    candidate = pair.candidate
    flaky = _flaky(pair)
    if candidate.outcome is Outcome.PASSED or (candidate.failures and candidate.failures == flaky):
        return Ruling(flaky=tuple(sorted(flaky)))
    return Ruling(unknown=(f"{candidate.check}: fails, and the base tree was not measured",))


def more(candidate: Reading, base: Reading, delta: Delta) -> list[str]:
    """Keys of counts of which the candidate has more than the base."""
    old = _before(base, delta)
    return sorted(key for key, count in candidate.counts.items() if count > old[key])


def _before(base: Reading, delta: Delta) -> Counter[str]:
    """The counts of the base by where its files are now."""
    old = Counter[str]()
    for key, count in base.counts.items():
        old[_moved(key, delta.renames, "|")] += count
    return old


def _counts(candidate: Reading, base: Reading, delta: Delta) -> Ruling:
    old = _before(base, delta)
    known = sum(min(count, old[key]) for key, count in candidate.counts.items())
    told = [
        f"{key.replace('|', ' ', 1)} {old[key]} -> {candidate.counts[key]}{_why(candidate, key)}"
        for key in more(candidate, base, delta)
    ]
    return Ruling(
        tuple(_told(candidate.check, "violations are new (file, rule, before -> now)", told)),
        known=(f"{candidate.check}: {_many(known, 'violation')} on the base tree too",) if known else (),
    )


def _many(count: int, noun: str) -> str:
    return f"1 {noun} is" if count == 1 else f"{count} {noun}s are"


def _why(candidate: Reading, key: str) -> str:
    return f" ({candidate.why[key]})" if key in candidate.why else ""


def _coverage(candidate: Reading, base: Reading, coverage_min: float) -> list[str]:
    now, before = candidate.metrics.get("coverage"), base.metrics.get("coverage")
    if before is not None and candidate.metrics.get(UNTOLD):
        return [f"{candidate.check}: its coverage cannot be told, and it is {before:.2f} % on the base tree"]
    if now is None or now >= coverage_min or (before is not None and now >= before - COVERAGE_SLACK):
        return []
    return [
        f"{candidate.check}: coverage is {now:.2f} %, below {coverage_min:g} % and lower than {_pct(before)}"
    ]


def _lost(old: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Cases that are gone. Parameter ids may change from run to run, so per test function only a smaller
    number counts.
    """
    before, after = Counter(map(_function, old)), Counter(map(_function, now))
    names = {_ADDRESS.sub("0x", case) for case in now}
    gone = [case for case in old if "::" in case and _ADDRESS.sub("0x", case) not in names]
    return sorted(case for case in gone if after[_function(case)] < before[_function(case)])


def _function(case: str) -> str:
    return _PARAMETERS.sub("", case)


def _tells_nothing(cases: Mapping[str, str]) -> bool:
    return not any(result in ("passed", "failed", "skipped") for result in cases.values())


def _empty(reading: Reading) -> bool:
    """Whether no test ran: there is none, or all were skipped."""
    skipped = bool(reading.cases) and all(result == "skipped" for result in reading.cases.values())
    return skipped or reading.metrics.get("collected") == 0


def _moved(key: str, renames: Mapping[str, str], separator: str = "::") -> str:
    path, found, rest = key.partition(separator)
    return renames.get(path, path) + found + rest


def _path(case: str) -> str:
    return case.partition("::")[0]


def _told(check: str, what: str, names: Collection[str]) -> list[str]:
    if not names:
        return []
    return [f"{check}: {len(names)} {what}: {_listed(sorted(names))}"]


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    more = f", and {len(names) - SHOWN_MAX} more" if len(names) > SHOWN_MAX else ""
    return ", ".join(names[:SHOWN_MAX]) + more


def _pct(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f} %"


def _end(detail: str) -> str:
    lines = [line.strip() for line in detail.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no detail"
