"""Run the base's tests on a change: its sources, and everything on the side of the tests as the base has
it.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from windlass.verify.answers import given
from windlass.verify.guard import UNREAD, Looked, Texts, believed, settled
from windlass.verify.judge import Compared, suspects
from windlass.verify.lab import Lab, labs
from windlass.verify.loosened import FILES
from windlass.verify.model import Outcome, Reading
from windlass.verify.objection import Objection
from windlass.verify.part import part
from windlass.verify.planning import planned, test_files
from windlass.verify.readings import Deadline, Planned, measure
from windlass.verify.retried import retry
from windlass.verify.testcode import on_test_side
from windlass.workspace import Change, Mirror

TEXT_MAX: Final = 1024 * 1024
"""Bytes of a file that is read."""
FILES_MAX: Final = 2_000
"""Changed files that are read."""
NOTHING: Final = Reading("tests", Outcome.UNKNOWN, detail="no check here runs tests")


def texts_of(mirror: Mirror, changes: Sequence[Change], candidate: Lab, base: Lab) -> Texts:
    """What the guard's rule reads: the changed files of both trees and their configuration."""
    oids = [oid for change in changes for oid in (change.old_oid, change.oid) if oid]
    found = {oid: UNREAD + oid for oid in oids}
    for oid, content in mirror.blobs(sorted(set(oids[: 2 * FILES_MAX])), TEXT_MAX):
        found[oid] = found[oid] if content is None else content.decode("utf-8", "replace")
    before = {change.old_path: found[change.old_oid] for change in changes if change.old_oid}
    after = {change.path: found[change.oid] for change in changes if change.oid}
    tests = {}
    if given(*({p: t for p, t in side.items() if not on_test_side(p)} for side in (before, after))):
        held = base.contents(test_files(base)[:FILES_MAX], TEXT_MAX)
        tests = {path: content.decode("utf-8", "replace") for path, content in held}
    return Texts(
        before, after, {change.old_path: change.path for change in changes if change.status == "R"},
        {path: text for path, text in base.texts.items() if path in FILES},
        {path: text for path, text in candidate.texts.items() if path in FILES}, tests,
    )  # fmt: skip


def overlay(sources: Lab, tests: Lab, *, also: Collection[str] = ()) -> str:
    """The tree with the sources of one and the tests, data and conftest.py files of the other; `also`: what
    the other gives besides.
    """
    return sources.site.mirror.overlaid(
        sources.tree,
        drop=[path for path in sources.entries if on_test_side(path)],
        put=[entry for path, entry in tests.entries.items() if on_test_side(path) or path in also],
    )


def expectations(
    looked: Looked, candidate: Lab, base: Lab, pairs: Sequence[Compared], tiers: Sequence[int]
) -> tuple[Objection, ...]:
    """What a person has to decide: tests whose old version does not hold any more."""
    if not looked.run:
        return believed(looked)
    with labs(candidate.site, candidate.settings, (overlay(candidate, base),)) as (lab,):
        whole = [check for tier in sorted(tiers) for check in planned(lab, (), tier).checks]
        deadline = Deadline.within(candidate.settings.budget_s(max(tiers)))
        for check in whole:
            if check.check.role == "tests":
                return _tests(looked, (lab, base), check, pairs, deadline)
        commands = [check for check in whole if check.check.role == "command"]
        if not commands:
            return settled(looked, NOTHING, NOTHING, NOTHING)
        ran = _commands(lab, commands, deadline)
        return believed(looked) if ran is None else settled(looked, NOTHING, ran, NOTHING)


def _tests(
    looked: Looked, trees: tuple[Lab, Lab], check: Planned, pairs: Sequence[Compared], deadline: Deadline
) -> tuple[Objection, ...]:
    lab, base = trees
    some = check.narrowed(looked.run)
    before = _known(pairs, looked, check.id)
    if before is None:
        before = measure(base, some, wall_s=deadline.left(), waited=deadline.extend)
    laid = measure(lab, some, wall_s=deadline.left(), waited=deadline.extend)
    more = retry(lab, base, some, suspects(laid, before), touched=(), deadline=deadline)
    laid = replace(laid, cases={**laid.cases, **dict.fromkeys(more.flaky, "passed")})
    whole = next((p.candidate for p in pairs if p.role == "tests" and p.candidate.check == check.id), laid)
    return settled(looked, before, laid, whole)


def _known(pairs: Sequence[Compared], looked: Looked, check: str) -> Reading | None:
    """What the judgement already knows of these files on the base tree."""
    for pair in pairs:
        if pair.role == "tests" and pair.candidate.check == check and pair.base is not None:
            found = part(pair.base, looked.run, check)
            return None if found.outcome is Outcome.UNKNOWN else found
    return None


def _commands(lab: Lab, checks: Sequence[Planned], deadline: Deadline) -> Reading | None:
    """The first command that does not pass: without names of tests it says nothing of any of them."""
    for check in checks:
        reading = measure(lab, check, wall_s=deadline.left(), waited=deadline.extend)
        if reading.outcome is not Outcome.PASSED:
            return replace(reading, outcome=Outcome.UNKNOWN, detail=f"{check.id}: {reading.detail}")
    return None
