"""Compare the tests of two trees: which assertions, cases and tests were lost, weakened or altered. Pure.

What is asserted may move, be renamed, repeated for parameters or come from fixtures and helpers, as long as
the same names are asserted as strongly and the expected values are still there.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from windlass.verify.asserted import Force
from windlass.verify.objection import Grade, Objection
from windlass.verify.testcode import Assertion, Mark, Test, TestCode

ALIKE: Final = 1.0
"""Shared names plus shared values, each as a share 0..1, from which on a test is taken for a renamed one."""
ALIKE_MAX: Final = 100_000
"""Pairs of tests that are compared for it; beyond that a renamed test counts as gone."""
TEXT_MAX: Final = 120
RESTORE: Final = "put it back; if it cannot stay, end with CANNOT and say why"
EXPECTED: Final = "a person decides whether that was asked for"


@dataclass(frozen=True, slots=True)
class Both:
    """The test files that a change touches, before and after, by path.

    `renames`: old to new. `deleted`: names of the product that the change removed for good. `vanished`: those
    and names that it moved or renamed. `blind`: tests that cannot be run as they were, because they need one
    of those. `out`: marks that the configuration deselects.
    """

    before: Mapping[str, TestCode]
    after: Mapping[str, TestCode]
    renames: Mapping[str, str] = field(default_factory=dict)
    deleted: frozenset[str] = frozenset()
    vanished: frozenset[str] = frozenset()
    blind: frozenset[str] = frozenset()
    out: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Place:
    path: str
    test: Test

    @property
    def id(self) -> str:
        return f"{self.path}::{self.test.name}"


@dataclass(frozen=True, slots=True)
class Demands:
    """`excused`: tests that went with their code. `successors`: what became of tests that the change renamed
    or repeats for other cases: old id, in the file's new place, to new id; empty for one that went into
    others.
    """

    objections: tuple[Objection, ...]
    excused: frozenset[str]
    successors: Mapping[str, str]


def weaker(both: Both) -> Demands:
    """Everything that tests demand less after a change."""
    old = [_Place(path, test) for path, code in both.before.items() for test in code.tests.values()]
    new = [_Place(path, test) for path, code in both.after.items() for test in code.tests.values()]
    pairs = _matched(both, old, new)
    gained = _gained(new, pairs, old)
    found: list[Objection] = []
    for place in old:
        partner = pairs.get(place.id)
        elsewhere = [one for one in gained if one[0] is not partner]
        if partner is None:
            found += _gone(both, place, elsewhere)
        else:
            found += _pair(both, place, partner, elsewhere)
    excused = frozenset(p.id for p in old if p.id not in pairs and p.test.names & both.deleted)
    return Demands((*found, *_modules(both)), excused, dict(_successors(both, old, pairs)))


def _successors(both: Both, old: Sequence[_Place], pairs: Mapping[str, _Place]) -> Iterator[tuple[str, str]]:
    for place in old:
        name = f"{both.renames.get(place.path, place.path)}::{place.test.name}"
        new = pairs[place.id].id if place.id in pairs else ""
        if new != name or place.test.rows:
            yield name, new


_Gained = tuple[_Place, Sequence[Assertion]]


def _matched(both: Both, old: Sequence[_Place], new: Sequence[_Place]) -> dict[str, _Place]:
    """Each old test's successor: under its name in its file, under its name anywhere, or one much like it."""
    left = {place.id: place for place in new}
    pairs: dict[str, _Place] = {}
    for place in old:
        path = both.renames.get(place.path, place.path)
        same = left.get(f"{path}::{place.test.name}")
        if same is not None and same.test.helper is place.test.helper:
            pairs[place.id] = left.pop(same.id)
    rest = [place for place in old if place.id not in pairs]
    for place in rest if len(rest) * len(left) <= ALIKE_MAX else ():
        free = [one for one in left.values() if one.test.helper is place.test.helper]
        named = [one for one in free if _short(one.test) == _short(place.test)]
        alike = [one for one in free if _alike(place.test, one.test, both.vanished) >= ALIKE]
        best = named[:1] or sorted(alike, key=lambda one: -_alike(place.test, one.test, both.vanished))[:1]
        if best:
            pairs[place.id] = left.pop(best[0].id)
    return pairs


def _short(test: Test) -> str:
    return test.name.rpartition("::")[2]


def _alike(one: Test, other: Test, vanished: Collection[str]) -> float:
    names = one.names.difference(vanished), other.names
    return _share(*names) + _share(one.literals, other.literals)


def _share(one: Collection[str], other: Collection[str]) -> float:
    every = {*one, *other}
    return len(set(one) & set(other)) / len(every) if every else 1.0


def _gained(new: Sequence[_Place], pairs: Mapping[str, _Place], old: Sequence[_Place]) -> list[_Gained]:
    """What each test asserts that it did not before, helpers included: what another one lost may be here."""
    was = {pairs[place.id].id: place.test for place in old if place.id in pairs}
    return [
        (place, _difference(was[place.id], place.test)[1] if place.id in was else place.test.assertions)
        for place in new
        if not place.test.helper
    ]


def _gone(both: Both, place: _Place, elsewhere: Sequence[_Gained]) -> Iterator[Objection]:
    test = place.test
    if test.names & both.deleted:
        return
    lost = [one for one in test.assertions if not _elsewhere(one, elsewhere, both.vanished)]
    if lost or not test.assertions:
        told = f": {_text(lost[0])}" if lost else ""
        yield Objection(
            place.path, test.line, f"the test {test.name} is gone{told}", RESTORE, test=place.id
        )  # fmt: skip


def _pair(both: Both, old: _Place, new: _Place, elsewhere: Sequence[_Gained]) -> Iterator[Objection]:
    skips = {mark.text for mark in old.test.skips}
    for mark in new.test.skips:
        if mark.text not in skips:
            yield _said(new, mark.line, f"{new.test.name} has a new {mark.text}", old)
    for name in sorted((new.test.marks - old.test.marks) & both.out):
        yield _said(new, new.test.line, f"{new.test.name} has the mark {name}, which is deselected", old)
    subject = frozenset(chain.from_iterable(one.names for one in old.test.assertions))
    for name in sorted((new.test.patches - old.test.patches) & subject):
        yield _said(new, new.test.line, f"{new.test.name} replaces {name}, which it is there to test", old)
    lost, gained = _difference(old.test, new.test)
    fates = [_fate(both, one, (old, new), gained, elsewhere) for one in lost]
    told = [*filter(None, fates), *_rows(old, new, len(gained))]
    told = told or list(_rewritten(both, old, new))
    yield from told
    if not told and (values := sorted(old.test.literals - new.test.literals)):
        what = f"changes values in {new.test.name}: {', '.join(values)[:TEXT_MAX]}"
        yield _said(new, new.test.line, what, old, Grade.EXPECT)


def _rewritten(both: Both, old: _Place, new: _Place) -> Iterator[Objection]:
    """A test that cannot be run as it was, and is more than the same with new names."""
    gone, added = old.test.names - new.test.names, new.test.names - old.test.names
    was, now = _without(old.test.code, gone & both.vanished), _without(new.test.code, added)
    if old.id in both.blind and was != now:
        what = f"rewrites {new.test.name} together with what it imports"
        yield _said(new, new.test.line, what, old, Grade.EXPECT)


def _without(text: str, names: Iterable[str]) -> str:
    return re.sub(rf"\b({'|'.join(map(re.escape, sorted(names)))})\b", "_", text) if names else text


def _difference(old: Test, new: Test) -> tuple[list[Assertion], list[Assertion]]:
    """Assertions only before and only after; those that came to rule out less count as both."""
    left = Counter(_key(one) for one in new.assertions)
    lost = []
    for one in old.assertions:
        if one.force is not Force.NOTHING and not left[_key(one)]:
            lost.append(one)
        left[_key(one)] -= 1
    spent = Counter(_key(one) for one in old.assertions)
    gained = []
    for one in new.assertions:
        if not spent[_key(one)]:
            gained.append(one)
        spent[_key(one)] -= 1
    return lost, gained


def _key(one: Assertion) -> tuple[str, Force, bool]:
    return one.text, one.force, one.guarded


def _fate(
    both: Both, lost: Assertion, places: tuple[_Place, _Place], gained: Sequence[Assertion],
    elsewhere: Sequence[_Gained],
) -> Objection | None:  # fmt: skip
    """What became of an assertion that is not there any more as it was; None when it is as strong."""
    old, new = places
    looser = next((one for one in gained if _looser(lost, one)), None)
    if looser is not None:
        what = f"loosens a limit in {new.test.name}: {_text(lost)} -> {_text(looser)}"
        return _said(new, looser.line, what, old)
    strong = [one for one in gained if _force(one, lost) >= lost.force]
    if _speaks(lost, strong, both.vanished):
        if lost.literals <= new.test.literals:
            return None
        what = f"alters what {new.test.name} expects: {_text(lost)} -> {_text(strong[0])}"
        return _said(new, strong[0].line, what, old, Grade.EXPECT)
    if _elsewhere(lost, elsewhere, both.vanished):
        return None
    other = [one for one in strong if one.names & lost.names]
    if other:
        what = f"replaces in {new.test.name}: {_text(lost)} -> {_text(other[0])}"
        return _said(new, other[0].line, what, old, Grade.EXPECT)
    weak = [one for one in gained if one.names & lost.names] or gained
    if weak:
        what = f"weakens {new.test.name}: {_text(lost)} -> {_text(weak[0])}"
        return _said(new, weak[0].line, what, old)
    return _said(new, new.test.line, f"removes from {new.test.name}: {_text(lost)}", old)


def _said(new: _Place, line: int, what: str, old: _Place, grade: Grade = Grade.REFUSE) -> Objection:
    then = EXPECTED if grade is Grade.EXPECT else RESTORE
    return Objection(new.path, line, what, then, grade, old.id)


def _force(one: Assertion, lost: Assertion) -> Force:
    """How strong it is in the place of another one: under a new condition it is no promise."""
    return min(one.force, Force.HOLDS) if one.guarded and not lost.guarded else one.force


def _looser(lost: Assertion, one: Assertion) -> bool:
    if lost.bound is None or one.bound is None or lost.bound[0] != one.bound[0]:
        return False
    return (one.bound[1] - lost.bound[1]) * lost.bound[2] > 0


def _speaks(lost: Assertion, strong: Iterable[Assertion], vanished: Collection[str]) -> bool:
    """Whether some assertions speak of everything that the lost one spoke of, but for what has vanished."""
    said = [one.names for one in strong]
    return bool(said) and lost.names.difference(vanished) <= frozenset(chain.from_iterable(said))


def _elsewhere(lost: Assertion, elsewhere: Sequence[_Gained], vanished: Collection[str]) -> bool:
    for place, gained in elsewhere:
        strong = [one for one in gained if _force(one, lost) >= lost.force]
        if lost.literals <= place.test.literals and _speaks(lost, strong, vanished):
            return True
    return False


def _rows(old: _Place, new: _Place, gained: int) -> Iterator[Objection]:
    """Cases of a repeated test that are gone; written out as assertions of their own they are not."""
    gone = sorted(set(old.test.rows) - set(new.test.rows))
    fewer = len(old.test.rows) - len(new.test.rows)
    if gone and fewer > gained:
        what = f"removes {fewer} cases from {new.test.name}: {', '.join(gone)[:TEXT_MAX]}"
        yield _said(new, new.test.line, what, old)
    elif gone and fewer <= 0:
        what = f"alters cases of {new.test.name}: {', '.join(gone)[:TEXT_MAX]}"
        yield _said(new, new.test.line, what, old, Grade.EXPECT)


def _modules(both: Both) -> Iterator[Objection]:
    """What whole files gained: skips of everything, and stand-ins for what was imported from the product."""
    for path, old in both.before.items():
        where = both.renames.get(path, path)
        new = both.after.get(where)
        if new is None:
            continue
        for mark in _new_marks(old.skips, new.skips):
            yield Objection(where, mark.line, f"the whole file has a new {mark.text}", RESTORE)
        for (module, name), _ in old.imports.items():
            if name and name in new.defined and name not in old.defined and (module, name) not in new.imports:
                what = f"{name} was imported from {module} and is made up here now"
                yield Objection(where, new.defined[name], what, "test the real one")


def _new_marks(old: Iterable[Mark], new: Iterable[Mark]) -> list[Mark]:
    known = Counter(mark.text for mark in old)
    found = []
    for mark in new:
        if not known[mark.text]:
            found.append(mark)
        known[mark.text] -= 1
    return found


def _text(one: Assertion) -> str:
    return one.text if len(one.text) <= TEXT_MAX else one.text[: TEXT_MAX - 1] + "…"
