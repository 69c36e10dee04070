"""Run what fails on two trees in turn until it is certain whether the commit between them is why.

No run that was made for another question counts: a commit landed because its tests passed, so what its gate
saw of them was chosen. Runs made for this one are kept, and who asks again goes on where the time was over.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from windlass.verify.contrast import Call, Runs, call, told_by, tree_first
from windlass.verify.lab import Lab
from windlass.verify.model import Outcome, Reading
from windlass.verify.readings import Deadline, Planned, measure
from windlass.verify.telling import teller

ROUNDS_MAX: Final = 32
"""Rounds of two runs, of either sort."""
ALONE_MAX: Final = 50
"""Tests that are run one by one where a run of them all tells nothing."""
BAD: Final = ("failed", "error")
ABSENT: Final = "absent"
"""Said of a test that a tree does not have."""


@dataclass(frozen=True, slots=True)
class Question:
    """`check`: a command, or what runs the tests. `least`: of each name, the runs that are `needed`.
    `alone`: names of which whole runs tell nothing more.
    """

    check: Planned
    least: Mapping[str, int]
    alone: frozenset[str] = frozenset()


@dataclass
class _Asking:
    tree: Lab
    before: Lab
    question: Question
    deadline: Deadline
    runs: dict[str, tuple[Runs, Runs]] = field(default_factory=dict)
    untold: set[str] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)

    def call(self, name: str) -> Call:
        if name in self.untold:
            return Call.UNTOLD
        alone, together = self.runs[name]
        return call(alone, None if name in self.question.alone else together, self.question.least[name])

    def left(self, sort: int) -> list[str]:
        """Names that another run of this sort, 0 alone and 1 among all, would tell more of."""
        return [
            name for name, (alone, _) in self.runs.items()
            if name not in self.stuck and self.call(name) is Call.OPEN
            and (told_by(alone, self.question.least[name]) is None) is bool(sort)
        ]  # fmt: skip

    def go_round(self, sort: int, number: int) -> None:
        first = tree_first(number)
        for before in (not first, first):
            if names := self.left(sort):
                self._run(names, sort, number, before=before)

    def _run(self, names: Sequence[str], sort: int, number: int, *, before: bool) -> None:
        lab = self.before if before else self.tree
        check = self.question.check
        suffix = f":{'among' if sort else 'turn'}{number + 1}"
        found = (together if sort else results)(lab, check, names, suffix, self.deadline)
        for name in names:
            if name not in found:
                self.stuck.add(name)
            elif found[name] == "skipped" or (found[name] == ABSENT and not before):
                self.untold.add(name)
            else:
                rows = list(self.runs[name])
                rows[sort] = rows[sort].after(before=before, failed=found[name] in BAD)
                self.runs[name] = rows[0], rows[1]


def contrasted(tree: Lab, before: Lab, question: Question, deadline: Deadline) -> dict[str, Call]:
    """What is certain of each name within the time."""
    asking = _Asking(tree, before, question, deadline, {name: (Runs(), Runs()) for name in question.least})
    for sort in (0, 1):
        for number in range(ROUNDS_MAX):
            if not asking.left(sort):
                break
            asking.go_round(sort, number)
    return {name: asking.call(name) for name in question.least}


def result_of(name: str, cases: Mapping[str, str]) -> str | None:
    """The result of a test, or of a file that must be collectable, in a run; None where it has none."""
    path = name.partition("::")[0]
    if name in cases or cases.get(path) in BAD:
        return cases.get(name) or cases[path]
    return "passed" if path == name and any(case.startswith(f"{path}::") for case in cases) else None


def results(
    lab: Lab, check: Planned, names: Collection[str], suffix: str, deadline: Deadline
) -> dict[str, str]:
    """What a run of these says of each: passed, failed, error, skipped or absent; those of which it says
    nothing are missing.
    """
    if not names:
        return {}
    if check.check.role != "tests":
        outcome = _read(lab, check.narrowed((), suffix), deadline).outcome
        return {} if outcome is Outcome.UNKNOWN else dict.fromkeys(names, outcome.value)
    there = sorted(name for name in names if name.partition("::")[0] in lab.files)
    found = dict.fromkeys({*names}.difference(there), ABSENT)
    reading = _read(lab, check.narrowed(there, suffix), deadline) if there else None
    if reading is None:
        return found
    if reading.outcome is not Outcome.UNKNOWN:
        found |= _told(there, reading.cases)
    left = [name for name in there if name not in found]
    gone = _not_run(lab, check, left, deadline)
    found |= gone
    rest = [name for name in left if name not in gone]
    if reading.outcome is Outcome.UNKNOWN and len(there) > 1:
        # One of them may keep the others from being run: by not being there, else it is looked for.
        for part in [rest] if gone else [[name] for name in rest[:ALONE_MAX]]:
            found |= results(lab, check, part, suffix, deadline)
    return found


def together(
    lab: Lab, check: Planned, names: Collection[str], suffix: str, deadline: Deadline
) -> dict[str, str]:
    """What a run of everything says of these."""
    if not names:
        return {}
    whole = _read(lab, check.narrowed((), suffix), deadline)
    if whole.outcome is Outcome.UNKNOWN:
        return {}
    gone = [name for name in names if result_of(name, whole.cases) is None]
    return {**_told(names, whole.cases), **dict.fromkeys(gone, ABSENT)}


def _told(names: Iterable[str], cases: Mapping[str, str]) -> dict[str, str]:
    found = {name: result_of(name, cases) for name in names}
    return {name: result for name, result in found.items() if result is not None}


def _not_run(lab: Lab, check: Planned, names: Collection[str], deadline: Deadline) -> dict[str, str]:
    """Those of these tests that cannot be run, by a whole run: it does not know them, or not their file."""
    whole = _read(lab, check.narrowed(()), deadline) if names else None
    if whole is None or whole.outcome is Outcome.UNKNOWN:
        return {}
    return {name: result_of(name, whole.cases) or ABSENT for name in names if name not in whole.cases}


def _read(lab: Lab, check: Planned, deadline: Deadline) -> Reading:
    return measure(
        lab, check, wall_s=deadline.left(), coverage=check.roomy, waited=deadline.extend,
        kept=teller(lab, check),
    )  # fmt: skip
