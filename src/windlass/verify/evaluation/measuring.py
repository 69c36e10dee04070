"""Measure a change: every figure from a clean checkout in the sandbox, or unknown with the reason.

Nothing here believes whoever made the change. Costs are measured on the base and on the change in turn, in
the same minutes, since a machine is never twice the same; all else is evidence and measured once.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from windlass.verify.differing import Added, added_lines
from windlass.verify.evaluation.figures import figures
from windlass.verify.evaluation.lines import secrets
from windlass.verify.evaluation.model import Asked, Evaluation, Raw
from windlass.verify.evaluation.probes import ReachProbe, RuffProbe, executable
from windlass.verify.lab import Lab, labs
from windlass.verify.model import Outcome, Reading
from windlass.verify.planning import fitting, planned, test_files
from windlass.verify.readings import Planned, digest, measure, opened
from windlass.verify.red import named_tests, of
from windlass.verify.settings import parse_settings, split
from windlass.verify.site import Site
from windlass.verify.testcode import on_test_side
from windlass.workspace import Change

RUN_MAX_S: Final = 300.0
"""Seconds that one run of one program may take."""
LONG_S: Final = 30.0
"""Tests that take longer are run once on each tree instead of several times."""
TEXT_MAX: Final = 1024 * 1024
PATHS_MAX: Final = 200
"""Changed files that are looked at one by one."""

RULE: Final = re.compile(r"[A-Z]{1,4}[0-9]{2,4}")
"""A rule of ruff, by its form."""

Costs = list[tuple[Mapping[str, float], Mapping[str, float]]]
Ruff = tuple[Mapping[str, int], Mapping[str, int]]


@dataclass(slots=True)
class _Desk:
    """One evaluation under way; `why` gathers what could not be measured."""

    candidate: Lab
    base: Lab
    changes: Sequence[Change]
    asked: Asked
    why: dict[str, str] = field(default_factory=dict)

    def read(self, lab: Lab, check: Planned, what: str) -> Reading | None:
        """A reading, or None and a reason."""
        reading = measure(lab, check, wall_s=RUN_MAX_S, changed=[change.path for change in self.changes])
        if reading.outcome is Outcome.UNKNOWN:
            self.why[what] = reading.detail.strip()[:300] or "the run told nothing"
            return None
        return reading


def evaluate(site: Site, tree: str, base_tree: str, asked: Asked) -> Evaluation:
    """The figures of `tree` against `base_tree`. Never raises for what the trees do."""
    changes = site.mirror.changed(base_tree, tree)
    lines = site.mirror.diffstat(base_tree, tree).lines
    with labs(site, parse_settings(site.verify), (tree, base_tree)) as (candidate, base):
        desk = _Desk(candidate, base, changes[:PATHS_MAX], asked)
        raw = _raw(desk, lines)
    return Evaluation(tree, base_tree, site.clock(), lines, figures(raw))


def _raw(desk: _Desk, lines: int) -> Raw:
    added = _added(desk)
    paths = {change.path for change in desk.changes}
    tests, ruff = _tests(desk), _ruff(desk)
    return Raw(
        lines, len(paths), len(paths & set(desk.asked.paths)) if desk.asked.paths else len(paths),
        costs=_costs(desk, tests), ruff=ruff, reached=_reached(desk, added), secrets=secrets(added),
        packages=_packages(desk), accepted=_accepted(desk), mended=_mended(desk, tests),
        resolved=_resolved(desk, ruff), why=desk.why,
    )  # fmt: skip


def _added(desk: _Desk) -> Added:
    mirror = desk.candidate.site.mirror
    return added_lines(mirror.patch(desk.base.tree, desk.candidate.tree))


def _tests(desk: _Desk) -> Planned | None:
    """The whole test run, the same for both trees."""
    tier = planned(desk.candidate, [change.path for change in desk.changes], 1)
    found = next((check for check in tier.checks if check.check.role == "tests"), None)
    if found is None:
        desk.why["costs"] = "no tests that windlass knows how to run"
    return found


def _costs(desk: _Desk, tests: Planned | None) -> Costs:
    if tests is None:
        return []
    both = sorted(set(test_files(desk.base)) & set(test_files(desk.candidate)))
    costs: Costs = []
    for number in range(desk.asked.rounds):
        mark = f":cost:{desk.base.tree[:8]}:{desk.candidate.tree[:8]}:{number}"
        check = tests.narrowed(both, mark)
        order = (desk.base, desk.candidate) if number % 2 == 0 else (desk.candidate, desk.base)
        found = {lab.tree: desk.read(lab, check, "costs") for lab in order}
        base, now = found[desk.base.tree], found[desk.candidate.tree]
        if base is None or now is None:
            return []
        costs.append((base.metrics, now.metrics))
        if max(base.seconds, now.seconds) > LONG_S:
            break
    return costs


def _ruff(desk: _Desk) -> Ruff | None:
    """The probe on the files of each tree; a renamed file counts under its new name on both."""
    python = [change for change in desk.changes if change.path.endswith(".py")]
    python = [change for change in python if not on_test_side(change.path)]
    old = {change.old_path: change.path for change in python if change.old_path in desk.base.files}
    new = [change.path for change in python if change.path in desk.candidate.files]
    before, after = _probe(desk, desk.base, sorted(old)), _probe(desk, desk.candidate, sorted(new))
    if before is None or after is None:
        return None
    return {f"{old[path]}|{what}": count for (path, what), count in _split(before)}, after


def _split(counts: Mapping[str, int]) -> list[tuple[tuple[str, str], int]]:
    return [((key.rpartition("|")[0], key.rpartition("|")[2]), count) for key, count in counts.items()]


def _probe(desk: _Desk, lab: Lab, paths: Sequence[str]) -> Mapping[str, int] | None:
    if not paths:
        return {}
    rules = sorted({rule for _, rule, _ in desk.asked.findings if RULE.fullmatch(rule)})
    name = f"probe:ruff:{digest([sorted(paths), rules])[:12]}"
    reading = desk.read(lab, Planned(name, "probe", {}, 1, RuffProbe(tuple(paths), tuple(rules))), "ruff")
    return None if reading is None else reading.counts


def _reached(desk: _Desk, added: Added) -> tuple[int, int] | None:
    sources = [path for path in added if path.endswith(".py") and not on_test_side(path)]
    wanted: dict[str, list[int]] = {}
    for path, content in desk.candidate.contents([p for p in sources if p in desk.candidate.files], TEXT_MAX):
        try:
            lines = executable(content.decode("utf-8"))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            desk.why["reached"] = f"{path} cannot be read: {error}"
            return None
        wanted[path] = sorted(lines & set(added[path]))
    of = sum(map(len, wanted.values()))
    if not of:
        return 0, 0
    probe = ReachProbe(wanted)
    check = Planned(f"probe:reach:{digest(wanted)[:12]}", "probe", {}, 1, probe)
    if "pytest" not in desk.candidate.environment.packages:
        desk.why["reached"] = "only pytest's runs can be traced, and it is not in the environment"
        return None
    reading = desk.read(desk.candidate, check, "reached")
    return None if reading is None else (sum(reading.counts.values()), of)


def _packages(desk: _Desk) -> tuple[Mapping[str, str], Mapping[str, str]] | None:
    for lab in (desk.base, desk.candidate):
        if lab.environment.problem:
            desk.why["packages"] = lab.environment.problem[:300]
            return None
    return desk.base.environment.packages, desk.candidate.environment.packages


def _accepted(desk: _Desk) -> tuple[int, int] | None:
    verdicts = [_accepts(desk, check) for check in desk.asked.accept]
    known = [verdict for verdict in verdicts if verdict is not None]
    return (sum(known), len(known)) if len(known) == len(verdicts) else None


def _accepts(desk: _Desk, text: str) -> bool | None:
    """Whether one acceptance check passes: a test, or a command as words, as for any other task."""
    lab, words = desk.candidate, split(text)
    tests = named_tests(words)
    paths = sorted({test.partition("::")[0] for test in tests})
    if not set(paths) <= set(lab.files):
        return False
    check = fitting(lab, "tests") if tests else None
    if tests and check is None:
        desk.why["acceptance"] = "no check here runs single tests"
        return None
    name = f"accept:{digest(list(words))[:12]}"
    planned_ = check.narrowed(paths) if check else opened(lab.site, name, "command", {"argv": list(words)}, 1)
    reading = desk.read(lab, planned_, "acceptance")
    if reading is None or not tests:
        return None if reading is None else reading.outcome is Outcome.PASSED
    cases = [of(test, reading.cases) for test in tests]
    return all(found and all(reading.cases[case] == "passed" for case in found) for found in cases)


def _mended(desk: _Desk, tests: Planned | None) -> tuple[int, int] | None:
    """Of the tests that fail on the base; known from the gate's runs, so this costs nothing more."""
    if tests is None:
        return None
    base, now = desk.read(desk.base, tests, "mended"), desk.read(desk.candidate, tests, "mended")
    if base is None or now is None:
        return None
    return sum(now.cases.get(case) == "passed" for case in base.failures), len(base.failures)


def _resolved(desk: _Desk, ruff: Ruff | None) -> tuple[int, int] | None:
    """Findings that are gone: a rule of ruff by its count, any other by the text of its line."""
    wanted = Counter((path, rule) for path, rule, _ in desk.asked.findings if RULE.fullmatch(rule))
    texts = [(path, text) for path, rule, text in desk.asked.findings if not RULE.fullmatch(rule)]
    if wanted and ruff is None:
        desk.why["findings"] = desk.why.get("ruff", "they were not looked for")
        return None
    before, after = ruff or ({}, {})
    gone = sum(
        min(count, max(0, before.get(f"{path}|{rule}", 0) - after.get(f"{path}|{rule}", 0)))
        for (path, rule), count in wanted.items()
    )
    old, new = (_lines(lab, [path for path, _ in texts]) for lab in (desk.base, desk.candidate))
    seen = [one for one in texts if _holds(old, one)]
    return gone + sum(not _holds(new, one) for one in seen), wanted.total() + len(seen)


def _lines(lab: Lab, paths: Sequence[str]) -> dict[str, str]:
    found = lab.contents([path for path in dict.fromkeys(paths) if path in lab.files], TEXT_MAX)
    return {path: " ".join(text.decode("utf-8", "replace").split()) for path, text in found}


def _holds(texts: Mapping[str, str], finding: tuple[str, str]) -> bool:
    path, text = finding
    return " ".join(text.split()) in texts.get(path, "")
