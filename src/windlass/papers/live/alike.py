"""Whether two schemas say the same, and where they do not.

Two that contain themselves are alike where nothing differs on the way round: a pair that is being compared is
taken as alike.
"""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from windlass.papers.live.places import Left
from windlass.papers.live.raised import OLD, SOFT, VOID, Key, Norm, Side, as_json, without_null
from windlass.papers.references import Place

STEPS_MAX: Final = 1_000_000
"""Pairs of schemas for two documents as a whole."""
EACH_MAX: Final = 200_000
"""Pairs for one comparison, so that one without end leaves something for others."""
DEPTH_MAX: Final = 60
WAYS_MAX: Final = 30
_MAY: Final = "which may mean the same"
_PLAIN: Final = frozenset({"properties", "items", "prefixItems", "additionalProperties"})
_SIZES: Final = ("int32", "int64", "float", "double")
"""Formats that hint at a type of a programming language; no difference where one side hints at none."""
_HARD: Final = frozenset({
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength",
    "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "pattern", "never",
    "additionalProperties", "items", "not", "contains",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Difference:
    """`at`: the place in the value that the schemas are about, `/name` for a member and `/*` for what is in a
    list. `word`: which of its words differs.
    """

    at: str
    word: str
    text: str
    grave: bool = True


@dataclass
class _Pairs:
    """What is to be compared, and what was or is."""

    waiting: deque[tuple[Place, Place, Key]]
    seen: set[tuple[int, int]]


@dataclass
class Pair:
    """Two documents: the contract, and what the service tells of itself."""

    mine: Side
    theirs: Side
    left: int = STEPS_MAX
    each: int = EACH_MAX
    _stop: int = 0
    _alike: set[tuple[int, int]] = field(default_factory=set)

    def differences(self, one: Place, two: Place, *, wire: bool = False) -> list[Difference]:
        """How two schemas differ. `wire`: they are about what cannot be null. Raises Left, Elsewhere and
        Missing.
        """
        self._stop = max(0, self.left - self.each)
        pairs = _Pairs(deque([(one, two, ())]), set())
        found = list(self._all(pairs, wire=wire))
        if not found:  # then all pairs that were met rest on nothing but each other
            self._alike |= pairs.seen
        return found

    @property
    def _old(self) -> bool:
        """Whether one of them is of a version that cannot tell the parts of a list apart."""
        return bool(OLD & {self.mine.kind, self.theirs.kind})

    def _all(self, pairs: _Pairs, *, wire: bool = False) -> Iterator[Difference]:
        """Those near the top first, so that what is met again deeper is told where it is nearest."""
        while pairs.waiting:
            one, two, where = pairs.waiting.popleft()
            yield from self._compared(one, two, where, pairs, wire=wire and not where)

    def _compared(
        self, one: Place, two: Place, where: Key, pairs: _Pairs, *, wire: bool
    ) -> Iterator[Difference]:
        self.left -= 1
        if self.left < self._stop or len(where) > DEPTH_MAX:
            raise Left(f"the schemas are deeper than {DEPTH_MAX} levels, or than anybody compares")
        one, two = self.mine.at(one), self.theirs.at(two)
        if isinstance(one.value, dict) and isinstance(two.value, dict) and not wire:
            pair = id(one.value), id(two.value)
            if pair in pairs.seen or pair in self._alike:
                return
            pairs.seen.add(pair)
        a, b = self.mine.norm(one), self.theirs.norm(two)
        if wire:
            a, b = without_null(self.mine, a), without_null(self.theirs, b)
        found = self._of_types(a, b, where)
        if found is not None:
            yield found
            return
        yield from _of_enums(a, b, where)
        yield from _of_words(a, b, where)
        yield from self._of_inner(a, b, where, pairs)
        yield from self._of_ways(a, b, where, pairs)

    def _of_types(self, a: Norm, b: Norm, where: Key) -> Difference | None:
        if a.enum is not None and b.enum is not None:
            return None
        mine, theirs = _all_types(self.mine, a), _all_types(self.theirs, b)
        if mine == theirs:
            return None
        sure = (a.types == mine and b.types == theirs) or (mine is not None and theirs is not None)
        sure = sure or not (a.ways or b.ways)
        return _differ(where, "type", _named(mine), _named(theirs), grave=sure)

    def _of_inner(self, a: Norm, b: Norm, where: Key, pairs: _Pairs) -> Iterator[Difference]:
        sure = not (a.ways or b.ways)
        for key in sorted({**a.inner, **b.inner}, key=str):
            below = (*where, _step(key))
            if key in a.inner and key in b.inner:
                pairs.waiting.append((a.inner[key], b.inner[key], below))
                continue
            grave = sure and key[0] in _PLAIN and not (key[0] == "prefixItems" and self._old)
            word = "property" if key[0] == "properties" else str(key[0])
            if key[0] != "properties" and key[0] in {**a.words, **b.words}:
                continue  # told there
            side, lone = (self.mine, a.inner[key]) if key in a.inner else (self.theirs, b.inner[key])
            if key[0] in VOID and side.norm(lone).empty:
                continue
            texts = ("has it", "has none") if key in a.inner else ("has none", "has it")
            yield _differ(below, word, *texts, grave=grave)
        for name in sorted(a.required ^ b.required):
            if (("properties", name) in a.inner) == (("properties", name) in b.inner):
                texts = ("wants it", "does not") if name in a.required else ("does not want it", "does")
                yield _differ((*where, name), "required", *texts, grave=sure)

    def _of_ways(self, a: Norm, b: Norm, where: Key, pairs: _Pairs) -> Iterator[Difference]:
        kinds = sorted(a.ways), sorted(b.ways)
        choice = (["anyOf"], ["oneOf"])
        if kinds[0] != kinds[1] and not (kinds[0] in choice and kinds[1] in choice):
            shown = [" and ".join(one) or "no alternatives" for one in kinds]
            yield _differ(where, "alternatives", shown[0], shown[1], grave=False)
            return
        for mine, theirs in zip(kinds[0], kinds[1], strict=True):
            yield from self._matched(a.ways[mine], b.ways[theirs], where, pairs)
            if mine != theirs:
                yield _differ(where, "alternatives", mine, theirs, grave=False)

    def _matched(
        self, mine: Sequence[Place], theirs: Sequence[Place], where: Key, pairs: _Pairs
    ) -> Iterator[Difference]:
        """Alternatives in any order: those that are alike are paired, then those that differ least."""
        if max(len(mine), len(theirs)) > WAYS_MAX:
            raise Left(f"more than {WAYS_MAX} alternatives")
        left, right = set(range(len(mine))), set(range(len(theirs)))
        names = {name: j for j, two in enumerate(theirs) if (name := _called(self.theirs.at(two)))}
        for i, one in enumerate(mine):
            j = names.pop(_called(self.mine.at(one)) or "/", None)
            if j is not None:
                left.discard(i)
                right.discard(j)
                pairs.waiting.append((one, theirs[j], where))

        def tried(i: int, j: int) -> Iterator[Difference]:
            return self._all(_Pairs(deque([(mine[i], theirs[j], where)]), set(pairs.seen)))

        for i in sorted(left):  # mostly they stand in the same order
            same = (j for j in sorted(right, key=lambda j: (j != i, j)) if next(tried(i, j), None) is None)
            if (j := next(same, None)) is not None:
                left.discard(i)
                right.discard(j)
        costs = list[tuple[int, int, int, list[Difference]]]()
        for i in left:
            for j in right:
                found = list(tried(i, j))
                other = any(one.word == "type" and one.at == _at(where) for one in found)
                cost = 1000 * other + sum(10 if one.grave else 1 for one in found)
                costs.append((cost, i, j, found))
        for _, i, j, found in sorted(costs, key=lambda one: one[:3]):
            if i in left and j in right:
                left.discard(i)
                right.discard(j)
                yield from found
        for _ in left:
            yield _differ(where, "alternatives", "has one more", "has not")
        for _ in right:
            yield _differ(where, "alternatives", "has not", "has one more")


def _called(place: Place) -> str:
    """The name of a schema that has one."""
    last = place.steps[-1] if len(place.steps) > 1 and place.steps[-2] in ("schemas", "definitions") else ""
    return str(last)


def _of_enums(a: Norm, b: Norm, where: Key) -> Iterator[Difference]:
    if a.enum == b.enum:
        return
    if a.enum is None or b.enum is None:
        sure = not (a.ways or b.ways)
        yield _differ(where, "enum", _listed(a.enum), _listed(b.enum), grave=sure)
    else:
        more, less = a.enum - b.enum, b.enum - a.enum
        yield _differ(where, "enum", _more(more), _more(less))


def _of_words(a: Norm, b: Norm, where: Key) -> Iterator[Difference]:
    for key in sorted({**a.words, **b.words}):
        both = key in a.words and key in b.words
        if both and as_json(a.words[key]) == as_json(b.words[key]):
            continue
        if key == "format" and not both and {**a.words, **b.words}[key] in _SIZES:
            continue
        grave = key in _HARD and not (key == "pattern" and both)
        shown = [_short(one.words[key]) if key in one.words else "nothing" for one in (a, b)]
        yield _differ(where, key, shown[0], shown[1], grave=grave, may=key not in SOFT)


def _all_types(side: Side, norm: Norm) -> frozenset[str] | None:
    """Types that are right, those of its alternatives included; None where any is, or nobody can say."""
    if norm.types is not None or norm.enum is not None:
        return norm.types if norm.types is not None else _of_values(norm.enum or frozenset())
    for key in ("allOf", "anyOf", "oneOf"):
        several = [side.norm(one).types for one in norm.ways.get(key, ())]
        known = [one for one in several if one is not None]
        if key == "allOf" and known:
            return frozenset[str].intersection(*known)
        if several and len(known) == len(several):
            return frozenset[str]().union(*known)
    return None


def _of_values(enum: frozenset[str]) -> frozenset[str]:
    names = {'"': "string", "{": "object", "[": "array", "n": "null", "t": "boolean", "f": "boolean"}
    return frozenset(names.get(one[0], "integer" if one.lstrip("-").isdigit() else "number") for one in enum)


def _differ(
    where: Key, word: str, mine: str, theirs: str, *, grave: bool = True, may: bool = True
) -> Difference:
    at = _at(where)
    text = f"{at} {word}: the contract {mine}, the service {theirs}".lstrip()
    return Difference(at, word, text if grave or not may else f"{text}, {_MAY}", grave)


def _at(where: Key) -> str:
    return "".join(f"/{one}" for one in where)


def _step(key: Key) -> str:
    if key[0] in ("items", "prefixItems"):
        return "*" if len(key) == 1 else str(key[1])
    return str(key[1]) if key[0] == "properties" else "/".join(str(one) for one in key)


def _named(types: frozenset[str] | None) -> str:
    return " or ".join(sorted(types)) if types else "any type"


def _listed(enum: frozenset[str] | None) -> str:
    return "lists no values" if enum is None else f"lists {', '.join(sorted(enum))[:80]}"


def _more(values: frozenset[str]) -> str:
    return f"has {', '.join(sorted(values))[:80]}" if values else "has no more"


def _short(value: Any) -> str:
    text = json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:59]}…"
