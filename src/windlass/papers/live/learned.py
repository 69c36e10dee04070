"""What earlier answers taught: values of path parameters that the service really has.

The rule. What an operation at a template answers with 2xx is remembered with the path values it was asked
with: the objects of a list (or of the first list in an object), or the object itself, and what stands alone
in a wrapper. A parameter `{x}` behind `/a/{y}/b` takes its value from what was learned at `/a/{y}/b` (created
ones first, the newest first), and `{y}` the value which that was learned with. In an object it is the member
called like the parameter, then `id` or another key that the parameter's name ends with. Where nothing was
learned at that place, `petId` is looked for among what other templates that end in `pet` or `pets` taught,
and then in any object that has a member of the very name. A `Location` that fits a template, and a link of
the contract, teach the same. What was deleted is not used again.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from windlass.papers.live.calls import NAMED

ENTRIES_MAX: Final = 500
ITEMS_MAX: Final = 3
"""Of one list."""
KEYS_MAX: Final = 100
TEXT_MAX: Final = 200
PARTS_MAX, PART_MAX = 2, 1_000
"""Parameters, and characters, of what is between two slashes of an address: more take too long to match."""
_KEYS: Final = ("id", "uuid", "guid", "key", "name", "slug", "code", "number", "handle", "login")
_PLAIN: Final = re.compile(r"[^a-z0-9]")
Scalar = str | int


@dataclass(frozen=True, slots=True)
class Entry:
    """The plain members of one object that an operation at `template` told of. `values`: those of the
    template's parameters, in their order.
    """

    template: str
    values: Sequence[Any]
    item: Mapping[str, Scalar]
    created: bool


@dataclass
class Learned:
    entries: list[Entry] = field(default_factory=list)
    linked: dict[str, dict[str, Scalar]] = field(default_factory=dict)
    """Values by the name of an operation and of its parameter."""
    gone: set[tuple[str, str]] = field(default_factory=set)

    def learn(self, template: str, values: Sequence[Any], answer: Any, *, created: bool) -> None:
        """Remember what an answer holds."""
        for item in _items(answer):
            plain = {str(key): one for key, one in islice(item.items(), KEYS_MAX) if _scalar(one) is not None}
            if plain and len(self.entries) < ENTRIES_MAX:
                self.entries.append(Entry(_same(template), list(values), plain, created))

    def located(self, address: str, templates: Iterable[str]) -> None:
        """Remember where something was created, as a `Location` tells."""
        try:
            path = urlsplit(address[:2_000]).path.rstrip("/")
        except ValueError:
            return
        for template in templates:
            names = NAMED.findall(template)
            if not names or not template.rstrip("/").endswith("}"):
                continue
            # the path may stand behind a base that nobody tells here
            found = _matched(template.rstrip("/"), path)
            if found:
                *outer, last = map(unquote, found)
                item = {names[-1]: last}
                self.learn(template[: template.rindex("{")], outer, item, created=True)

    def forget(self, template: str, values: Sequence[Any]) -> None:
        """Remember that something was deleted."""
        if values and template.rstrip("/").endswith("}"):
            self.gone.add((_same(template[: template.rindex("{")]), str(values[-1])))

    def values(self, operation: str, template: str) -> dict[str, Scalar]:
        """Values of the parameters of a path, as far as they were learned."""
        found = dict(self.linked.get(operation, {}))
        names = NAMED.findall(template)
        for at in range(len(names) - 1, -1, -1):
            name = names[at]
            if name in found:
                continue
            prefix = template[: template.index(f"{{{name}}}")]
            for value, entry in self._known(prefix, name):
                outer = dict(zip(names[:at], entry.values, strict=False)) if entry is not None else {}
                if all(found.get(key, one) == one for key, one in outer.items()):
                    found |= {name: value, **outer}
                    break
        return found

    def named(self, name: str) -> Scalar | None:
        """A value of something that a name like `pet_id` stands for."""
        return next((value for value, _ in self._known("", name)), None)

    def _known(self, prefix: str, name: str) -> Iterator[tuple[Scalar, Entry | None]]:
        place, plain = _same(prefix), _plain(name)
        every = sorted(reversed(self.entries), key=lambda one: not one.created)
        for one in every if prefix else ():
            value = _member(one, name, near=True) if one.template == place else None
            if value is not None and (place, str(value)) not in self.gone:
                yield value, one
        stem = plain
        for key in _KEYS:
            stem = stem.removesuffix(key) or stem
        for one in every:
            noun = _noun(one.template)
            value = _member(one, name, near=False) if noun and noun == stem else None
            if value is not None and (one.template, str(value)) not in self.gone:
                yield value, None
        for one in every if plain not in _KEYS else ():
            value = next((each for key, each in one.item.items() if _plain(key) == plain), None)
            if value is not None:
                yield value, None


def _matched(template: str, path: str) -> list[str]:
    """What the end of a path has for the parameters of a template; nothing where it is not of it."""
    wanted, there = template.lstrip("/").split("/"), path.split("/")
    found = list[str]()
    for part, word in zip(reversed(wanted), reversed(there), strict=False):
        words = NAMED.split(part)
        if len(words) // 2 > PARTS_MAX or len(word) > PART_MAX:
            return []
        made = "".join("(.+)" if at % 2 else re.escape(one) for at, one in enumerate(words))
        match = re.fullmatch(made, word, re.DOTALL)
        if match is None:
            return []
        found[:0] = match.groups()
    return found if len(there) >= len(wanted) else []


def _items(answer: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(answer, list):
        for one in answer[:ITEMS_MAX]:
            if isinstance(one, dict):
                yield one
            elif _scalar(one) is not None:
                yield {"id": one, "name": one}
    elif isinstance(answer, dict):
        inner = next((one for one in answer.values() if isinstance(one, list) and one), [])
        yield from (one for one in inner[:ITEMS_MAX] if isinstance(one, dict))
        alone = [one for one in answer.values() if isinstance(one, dict)]
        yield from alone if len(alone) == 1 else ()
        yield answer


def _member(entry: Entry, name: str, *, near: bool) -> Scalar | None:
    """The value that an object has for a parameter. `near`: it was learned right where the parameter is."""
    keys: dict[str, Scalar] = {}
    for key, value in entry.item.items():
        keys.setdefault(_plain(key), value)
    plain, noun = _plain(name), _noun(entry.template)
    if plain in keys:
        return keys[plain]
    ends = [key for key in _KEYS if plain.endswith(key)] or ["id", "uuid", "key"]
    wanted = [one for key in ends for one in (key, f"{noun}{key}")] + (["id"] if near else [])
    return next((keys[one] for one in wanted if one in keys), None)


def _scalar(value: Any) -> Scalar | None:
    plain = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 64
    return value if plain or (isinstance(value, str) and 0 < len(value) <= TEXT_MAX) else None


def _plain(name: str) -> str:
    return _PLAIN.sub("", name.lower())


def _same(template: str) -> str:
    """A template without the names of its parameters."""
    return NAMED.sub("{}", template).rstrip("/")


def _noun(template: str) -> str:
    """What a collection is one of, by its last word."""
    words = [one for one in template.split("/") if one and "{" not in one]
    word = _plain(words[-1]) if words else ""
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word.removesuffix("s")
