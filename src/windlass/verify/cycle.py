"""The micro cycle of a change, by our own runs: red on the base's code, green on the change.

What a task's playbook asks for is looked at whenever its work is judged: at every submission, and once more
on the very tree that lands.
"""

import ast
import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from windlass import backlog
from windlass.dispatch import Task
from windlass.plan import Demand, Playbook
from windlass.store import Transaction
from windlass.verify import face, weakness
from windlass.verify.judge import Ruling
from windlass.verify.lab import Lab, labs
from windlass.verify.model import Base, Cycle, Judgement, Outcome, Reading, Shown
from windlass.verify.overlay import TEXT_MAX, overlay
from windlass.verify.planning import fitting
from windlass.verify.readings import Deadline, Planned, digest, measure, opened
from windlass.verify.records import cycle_of
from windlass.verify.red import demanded, named_tests, of, on_base
from windlass.verify.scanning import scan, unspoken
from windlass.verify.settings import parse_settings, split
from windlass.verify.site import Site
from windlass.verify.testcode import holds_tests, on_test_side, parsed
from windlass.verify.vanished import Vanished, vanished
from windlass.workspace import Change

SHOWN_MAX: Final = 50
"""Lines of a cycle that are kept, red ones first."""
FILES_MAX: Final = 200
"""Files of tests that are run for one change."""
WHY_MAX: Final = 200
"""Characters of what a run said that are told."""
AGAIN: Final = ":confirm"
NO_RUNNER: Final = "no check here runs single tests; give a command as the acceptance check"
shown = cycle_of


@dataclass(frozen=True, slots=True)
class _Trees:
    """The change, and the base's code with the change's tests. `old`: the base's own files of tests."""

    change: Lab
    laid: Lab
    new: Vanished
    old: Mapping[str, str]
    deadline: Deadline


def hold(site: Site, task: Task, judgement: Judgement) -> Judgement:
    """Hold a passed judgement of an implementation to the playbook and the acceptance checks of its task."""
    playbook, checks = asked_of(site, task), task.spec.acceptance
    silent = playbook.silent and not checks
    if silent or task.parent is not None or judgement.outcome is not Outcome.PASSED:
        return judgement
    settings = parse_settings(site.verify)
    changes = site.mirror.changed(judgement.base_tree, judgement.tree)
    deadline = Deadline.within(settings.budget_s(1))
    with labs(site, settings, (judgement.tree, judgement.base_tree)) as (change, base):
        found, unknown = scan(changes, change, base, deadline) if playbook.scans else ([], "")
        faced = unspoken(changes, change, base) if playbook.docs is not Demand.NONE else ([], "")
        laid = overlay(base, change, also=_named(changes, checks))
        with labs(site, settings, (laid,)) as (lab,):
            trees = _Trees(change, lab, _brought(changes, change, base), _old_tests(changes, base), deadline)
            own = [one.path for one in changes if one.oid and holds_tests(one.path)]
            lines = [*_acceptance(trees, checks), *_own(trees, own, playbook)]
    lines = _steady(lines, judgement)
    rulings = (
        demanded(playbook, lines), weakness.ruled(playbook, found, unknown), face.ruled(playbook, *faced)
    )  # fmt: skip
    notes = tuple(note for ruling, doubts in rulings for note in (*ruling.known, *doubts))
    held = replace(judgement, cycle=Cycle(playbook.name, judgement.tree, laid, tuple(lines), notes))
    for ruling, doubts in rulings:
        held = _with(held, ruling, doubts)
    return held


def _with(judgement: Judgement, ruling: Ruling, doubts: Sequence[str]) -> Judgement:
    """The judgement with one more ruling; the worse outcome of both stands."""
    outcomes = (judgement.outcome, ruling.outcome)
    worst = next(one for one in (Outcome.FAILED, Outcome.UNKNOWN, Outcome.PASSED) if one in outcomes)
    return replace(
        judgement, outcome=worst, reasons=(*judgement.reasons, *ruling.new, *ruling.unknown),
        known=(*judgement.known, *ruling.known), doubts=(*judgement.doubts, *doubts),
    )  # fmt: skip


def asked_of(site: Site, task: Task) -> Playbook:
    """The playbook of a task: what a person chose for its item meanwhile, else what it was filed with."""

    def chosen(tx: Transaction) -> str:
        return backlog.item(tx, task.item_id).playbook if task.item_id is not None else ""

    name = site.database.read(chosen) or task.spec.playbook
    return site.playbooks.fitting(name, task.kind, task.spec.category)


def _named(changes: Sequence[Change], checks: Sequence[str]) -> list[str]:
    """Files that the change adds and an acceptance check names: without them it could not be run."""
    words = {word for check in checks for word in shlex.split(check)}
    return [one.path for one in changes if one.status == "A" and words & {one.path, f"./{one.path}"}]


def _brought(changes: Sequence[Change], change: Lab, base: Lab) -> Vanished:
    """The modules and names that only the change has: `vanished`, told backwards."""
    paths = {path for one in changes for path in (one.path, one.old_path)}
    wanted = [path for path in paths if path.endswith(".py") and not on_test_side(path)]
    return vanished(_texts(change, wanted), _texts(base, wanted))


def _old_tests(changes: Sequence[Change], base: Lab) -> dict[str, str]:
    renamed = {one.old_path: one.path for one in changes if holds_tests(one.path)}
    return {renamed[path]: text for path, text in _texts(base, list(renamed)).items()}


def _texts(lab: Lab, paths: Sequence[str]) -> dict[str, str]:
    found = lab.contents([path for path in paths if path in lab.files], TEXT_MAX)
    return {path: content.decode("utf-8", "replace") for path, content in found}


def _acceptance(trees: _Trees, checks: Sequence[str]) -> Iterator[Shown]:
    for check in checks:
        words = split(check)
        if tests := named_tests(words):
            for shown in _tests(trees, sorted({one.partition("::")[0] for one in tests}), tests):
                yield replace(shown, asked=True)
        else:
            yield _command(trees, check, words)


def _own(trees: _Trees, paths: Sequence[str], playbook: Playbook) -> Iterator[Shown]:
    """The change's new and changed tests, and what else of their files fails on the base."""
    if playbook.red is Demand.NONE or not paths:
        return
    after = _texts(trees.change, paths[:FILES_MAX])
    same = {
        (path, name)
        for path, text in after.items()
        for name, code in _functions(text).items()
        if _functions(trees.old.get(path, "")).get(name) == code
    }
    for one in _tests(trees, list(after), ()):
        path, _, name = one.check.partition("[")[0].partition("::")
        if (path, name.rpartition("::")[2]) not in same or one.base is not Base.PASSED:
            yield one


def _functions(text: str) -> dict[str, str]:
    """The functions of a file as code, by name; those of one name together."""
    module, found = parsed(text), dict[str, str]()
    for node in ast.walk(module) if module is not None else ():
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found[node.name] = found.get(node.name, "") + ast.dump(node)
    return found


def _tests(trees: _Trees, paths: Sequence[str], wanted: Sequence[str]) -> Iterator[Shown]:
    """Run files of tests on both trees, and what is red there once more; a test that is not there failed."""
    check = fitting(trees.change, "tests")
    there = [path for path in paths if path in trees.change.files]
    gone = [one for one in wanted if one.partition("::")[0] not in there]
    asked = [one for one in wanted or there if one not in gone]
    if check is None:
        yield from (Shown(one, Base.UNKNOWN, Outcome.UNKNOWN, NO_RUNNER) for one in asked)
        asked = []
    if check is not None and asked:
        some = check.narrowed(there)
        green, laid = _measured(trees.change, some, trees), _measured(trees.laid, some, trees)
        if green.outcome is Outcome.UNKNOWN:
            yield from (Shown(one, Base.UNKNOWN, Outcome.UNKNOWN, _end(green)) for one in asked)
        else:
            gone += [one for one in asked if not of(one, green.cases)]
            cases = [case for one in asked for case in of(one, green.cases)]
            found = [_compared(case, green, laid, trees.new) for case in cases]
            yield from _confirmed(trees, check, found)
    yield from (Shown(one, Base.UNKNOWN, Outcome.FAILED, "there is no such test") for one in gone)


def _compared(case: str, green: Reading, laid: Reading, new: Vanished) -> Shown:
    result = green.cases[case]
    change = {"passed": Outcome.PASSED, "skipped": Outcome.UNKNOWN}.get(result, Outcome.FAILED)
    if laid.outcome is Outcome.UNKNOWN:
        path = case.partition("::")[0]
        base, _ = on_base(case, {path: "error"}, {path: laid.detail}, new)
        return Shown(case, base if base is Base.MISSING else Base.UNKNOWN, change, _end(laid))
    base, why = on_base(case, laid.cases, laid.why, new)
    return Shown(case, base, change, green.why.get(case, "") if change is Outcome.FAILED else why)


def _confirmed(trees: _Trees, check: Planned, found: Sequence[Shown]) -> Iterator[Shown]:
    """What is red and green is so once more, or it was chance."""
    reds = [one.check for one in found if one.red_and_green]
    if reds:
        some = check.narrowed(reds, AGAIN)
        green, laid = _measured(trees.change, some, trees), _measured(trees.laid, some, trees)
    for one in found:
        if one.check in reds:
            second = _compared(one.check, green, laid, trees.new) if one.check in green.cases else None
            if second is None or not second.red_and_green:
                one = replace(one, base=Base.FLAKY, why="it fails and passes on the same code")
        yield one


def _command(trees: _Trees, check: str, words: Sequence[str]) -> Shown:
    name = f"acceptance:{digest(list(words))[:12]}"
    planned = opened(trees.change.site, name, "command", {"argv": list(words)}, 1)
    green = _measured(trees.change, planned, trees)
    laid = _measured(trees.laid, planned, trees)
    base = Base(laid.outcome.value)
    if base is Base.FAILED:
        second = _measured(trees.laid, planned.narrowed((), AGAIN), trees)
        base = base if second.outcome is Outcome.FAILED else Base.FLAKY
    why = _end(laid if green.outcome is Outcome.PASSED else green)
    return Shown(check, base, green.outcome, why, asked=True)


def _measured(lab: Lab, check: Planned, trees: _Trees) -> Reading:
    return measure(lab, check, wall_s=trees.deadline.left(), waited=trees.deadline.extend)


def _end(reading: Reading) -> str:
    """The line that names an exception, else the last one."""
    lines = [line.strip() for line in re.split(r"\n| \| ", reading.detail) if line.strip()]
    return next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "")[:WHY_MAX]


def _steady(lines: Sequence[Shown], judgement: Judgement) -> list[Shown]:
    """Red ones first, at most `SHOWN_MAX`; what the judgement saw fail and pass is no proof."""
    seen = [
        replace(one, base=Base.FLAKY, why="it fails and passes on the change")
        if one.check in (*judgement.flaky, *judgement.quarantined)
        else one
        for one in lines
    ]
    return sorted(seen, key=lambda one: (not one.asked, not one.red_and_green))[:SHOWN_MAX]
