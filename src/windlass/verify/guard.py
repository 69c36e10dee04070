"""The guard's rule: does a change make its tests easier? Objections to what is lost or planted, and which of
the base's tests have to be run on the change. Pure.
"""

import ast
import json
import posixpath
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from windlass.verify.answers import answers
from windlass.verify.loosened import deselected, loosened
from windlass.verify.model import Outcome, Reading
from windlass.verify.objection import Grade, Objection
from windlass.verify.planted import planted
from windlass.verify.testcode import (
    Function,
    TestCode,
    functions,
    holds_tests,
    on_test_side,
    parsed,
    read,
)
from windlass.verify.vanished import Vanished, vanished
from windlass.verify.weaker import EXPECTED, RESTORE, Both, weaker

OBJECTIONS_MAX: Final = 50
"""Objections that are told one by one; the rest is counted."""
UNREAD: Final = "\0"
"""What the text of a file begins with that was not read; something that differs with its content follows."""
_STEERS: Final = frozenset({"conftest.py", "pytest.ini", ".pytest.ini"})


@dataclass(frozen=True, slots=True)
class Texts:
    """The changed files before and after as text by path, renames old to new, and all configuration files.

    `tests`: test files of the base, if the product gained anything that looks like an answer to one.
    """

    before: Mapping[str, str]
    after: Mapping[str, str]
    renames: Mapping[str, str] = field(default_factory=dict)
    settings_before: Mapping[str, str] = field(default_factory=dict)
    settings_after: Mapping[str, str] = field(default_factory=dict)
    tests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Looked:
    """`run`: test files of the base to run on the change. `blind`: tests of the base that cannot run there,
    because what they import was moved or deleted. `lines`: where tests of the base stand, by id.
    `successors`: see `Demands`.
    """

    objections: tuple[Objection, ...] = ()
    run: tuple[str, ...] = ()
    blind: frozenset[str] = frozenset()
    lines: Mapping[str, int] = field(default_factory=dict)
    successors: Mapping[str, str] = field(default_factory=dict)

    @property
    def refusals(self) -> tuple[str, ...]:
        return told(one for one in self.objections if one.grade is Grade.REFUSE)


def told(objections: Iterable[Objection]) -> tuple[str, ...]:
    """Objections in words, the first ones by place; the rest is counted."""
    words = [str(one) for one in objections]
    rest = len(words) - OBJECTIONS_MAX
    return (*words[:OBJECTIONS_MAX], *([f"and {rest} more"] if rest > 0 else []))


def look(texts: Texts, base_tests: Collection[str]) -> Looked:
    """Everything that can be told without running; `base_tests`: test files that the base tree has."""
    old, new = ({p: t for p, t in s.items() if not on_test_side(p)} for s in (texts.before, texts.after))
    lost = vanished(old, new)
    both = _both(texts, lost)
    demands = weaker(both)
    excused = demands.excused
    found = [
        *demands.objections, *_unread(texts), *_data(texts, both, excused), *answers(old, new, texts.tests),
        *planted(texts.before, texts.after, texts.renames),
        *loosened(texts.settings_before, texts.settings_after),
    ]  # fmt: skip
    lines = {
        f"{p}::{name}": test.line for p, code in both.before.items() for name, test in code.tests.items()
    }
    run = tuple(sorted(_to_run(texts, both, base_tests)))
    ordered = sorted(dict.fromkeys(found), key=lambda one: (one.path, one.line, one.what))
    return Looked(tuple(ordered), run, both.blind | excused, lines, demands.successors)


def settled(looked: Looked, base: Reading, laid: Reading, candidate: Reading) -> tuple[Objection, ...]:
    """What is left for a person once the base's tests ran on the change.

    `laid`: that run. An expectation that was altered though the old one still holds is no objection.
    """
    asked = [one for one in looked.objections if one.grade is Grade.ASK]
    open_ = {one.test: one for one in reversed(looked.objections) if one.grade is Grade.EXPECT}
    if laid.outcome is Outcome.UNKNOWN:
        why = f"the base's tests could not be run on this change: {laid.detail}"
        whole = Objection(looked.run[0] if looked.run else "", 1, why, EXPECTED, Grade.ASK)
        return (*asked, *(replace(one, grade=Grade.ASK) for one in open_.values()), whole)
    failing = _failing(looked, base, laid, candidate)
    for name, what in failing.items():
        path = name.partition("::")[0]
        said = f"{open_.pop(name).what}; {what}" if name in open_ else f"{name.partition('::')[2]} {what}"
        asked.append(Objection(path, looked.lines.get(name, 1), said, EXPECTED, Grade.ASK, name))
    seen = {_function(case) for case, result in laid.cases.items() if result == "passed"}
    asked += [
        replace(one, grade=Grade.ASK)
        for name, one in open_.items()
        if (name not in seen if name else bool(failing)) or name in looked.blind
    ]
    return tuple(asked)


def believed(looked: Looked) -> tuple[Objection, ...]:
    """What is left for a person when all of the base's tests that can run hold on the change."""
    return tuple(
        replace(one, grade=Grade.ASK)
        for one in looked.objections
        if one.grade is Grade.ASK or (one.grade is Grade.EXPECT and one.test in looked.blind)
    )


def _failing(looked: Looked, base: Reading, laid: Reading, candidate: Reading) -> dict[str, str]:
    """Tests of the base that its own version does not pass on this change, and what that means."""
    found: dict[str, str] = {}
    for case, result in base.cases.items():
        name = _function(case)
        if _path(case) not in looked.run or laid.cases.get(case) == "passed":
            continue
        worse = result in ("failed", "error") and candidate.cases.get(case) not in ("failed", "error")
        if name in looked.blind:
            if worse:
                found[name] = "failed on the base, and is gone or cannot be run as it was there"
        elif result == "passed" and not _other_parameters(case, laid):
            found[name] = "passed on the base, and as it was there it fails on this change"
        elif worse:
            found[name] = "failed on the base, fails there still as it was, and only its new version passes"
    return found


def _other_parameters(case: str, laid: Reading) -> bool:
    """Whether all runs of the test passed, under ids that differ from run to run."""
    results = [result for other, result in laid.cases.items() if _function(other) == _function(case)]
    return case not in laid.cases and bool(results) and set(results) == {"passed"}


def _both(texts: Texts, lost: Vanished) -> Both:
    modules: list[dict[str, ast.Module]] = []
    for side in (texts.before, texts.after):
        trees = {p: parsed(t) for p, t in side.items() if p.endswith(".py") and on_test_side(p)}
        modules.append({path: module for path, module in trees.items() if module is not None})
    same = {} if lost.names else _same(texts, *modules)
    sides: list[dict[str, TestCode]] = []
    for good in modules:
        shared: dict[str, Function] = {}
        for module in good.values():
            shared |= functions(module)
        sides.append({path: read(path, module, shared, same.get(path, ())) for path, module in good.items()})
    out = deselected(texts.settings_after)
    blind = frozenset(_blind(sides[0], lost))
    return Both(sides[0], sides[1], texts.renames, lost.deleted, lost.names, blind, out)


def _same(
    texts: Texts, before: Mapping[str, ast.Module], after: Mapping[str, ast.Module]
) -> dict[str, frozenset[str]]:
    """Tests that a change left as they were, by path on either side; none if anything around them differs."""
    found: dict[str, frozenset[str]] = {}
    for path, module in before.items():
        where = texts.renames.get(path, path)
        if where not in after:
            if functions(module):
                return {}
            continue
        (old, rest), (new, others) = _split(module), _split(after[where])
        if rest != others or _steers(path) or _steers(where) or holds_tests(path) is not holds_tests(where):
            return {}
        found[path] = found[where] = frozenset(name for name, code in old.items() if new.get(name) == code)
    return found


def _split(module: ast.Module) -> tuple[dict[str, str], list[str]]:
    """The tests of a file as (name to code), and everything else in it but imports as code."""
    tests = {
        node.name: node
        for node in module.body
        if isinstance(node, Function | ast.ClassDef) and _named_test(node)
    }
    kept = {id(node) for node in tests.values()}
    other = (node for node in module.body if not isinstance(node, ast.Import | ast.ImportFrom))
    rest = [ast.dump(node) for node in other if id(node) not in kept]
    return {name: ast.dump(node) for name, node in tests.items()}, rest


def _named_test(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) or (isinstance(node, Function) and node.name.startswith("test"))


def _blind(before: Mapping[str, TestCode], lost: Vanished) -> Iterator[str]:
    for path, code in before.items():
        unread = lost.blinds(code)
        yield from (f"{path}::{n}" for n, test in code.tests.items() if unread or test.names & lost.gone)


def _data(texts: Texts, both: Both, excused: Collection[str]) -> Iterator[Objection]:
    """Files beside the tests that are gone or say something else."""
    gone = [t for p, code in both.before.items() for n, t in code.tests.items() if f"{p}::{n}" in excused]
    for path, old in texts.before.items():
        if path.endswith(".py") or not on_test_side(path):
            continue
        now = texts.after.get(texts.renames.get(path, path))
        name = posixpath.basename(path)
        if now is None:
            if not any(name in literal for test in gone for literal in test.literals):
                yield Objection(path, 1, "deletes data of tests", RESTORE)
        elif fewer := _fewer(old, now):
            yield Objection(path, 1, f"removes {fewer} entries from data of tests", RESTORE)
        elif now != old:
            yield Objection(path, 1, "changes data that tests expect", EXPECTED, Grade.EXPECT)


def _unread(texts: Texts) -> Iterator[Objection]:
    for path in sorted({*texts.before, *texts.after}):
        sides = (texts.before.get(path, ""), texts.after.get(path, ""))
        if path.endswith(".py") and on_test_side(path) and any(side.startswith(UNREAD) for side in sides):
            yield Objection(path, 1, "is too large to be read", "a person reads it", Grade.ASK)


def _fewer(old: str, new: str) -> int:
    """How many entries a JSON document has less at its top."""
    try:
        was, now = json.loads(old), json.loads(new)
    except (ValueError, RecursionError):
        return 0
    sized = isinstance(was, list | dict) and isinstance(now, list | dict)
    return max(0, len(was) - len(now)) if sized else 0


def _to_run(texts: Texts, both: Both, base_tests: Collection[str]) -> Iterator[str]:
    """Test files of the base that are not in the change as they were, or that run under other conditions."""
    touched = [path for path in texts.before if on_test_side(path) and _differs(texts, path)]
    acting = [p for p in texts.after if _steers(p) and p not in texts.before and texts.after[p].strip()]
    for path in (*touched, *acting):
        if path in base_tests:
            yield path
        else:
            folder = _reach(path)
            yield from (test for test in base_tests if test.startswith(folder))


def _differs(texts: Texts, path: str) -> bool:
    old, now = texts.before[path], texts.after.get(texts.renames.get(path, path))
    if now is None or not path.endswith(".py"):
        return now != old
    before, after = parsed(old), parsed(now)
    return before is None or after is None or ast.dump(before) != ast.dump(after)


def _reach(path: str) -> str:
    """The folder whose tests a file of the test side can reach: its topmost folder of tests."""
    if _steers(path):
        folder = posixpath.dirname(path)
        return f"{folder}/" if folder else ""
    parts = path.split("/")
    tops = [number for number, part in enumerate(parts[:-1], 1) if on_test_side(f"{part}/x")]
    return "/".join(parts[: tops[0]]) + "/" if tops else ""


def _steers(path: str) -> bool:
    """Whether a file acts on tests that do not name it."""
    name = posixpath.basename(path)
    return name in _STEERS or (name == "__init__.py" and on_test_side(path))


def _function(case: str) -> str:
    return case.partition("[")[0]


def _path(case: str) -> str:
    return case.partition("::")[0]
