"""How a kind of work is done and what it has to show: steps for the worker, demands for the gate. Pure.

A playbook is a TOML file; `shelf.py` finds them.
"""

import re
import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from windlass.kernel import Invalid, read_toml

STEPS_MAX: Final = 20
TEXT_MAX: Final = 2_000
"""Characters of one text."""
WORDS_MAX: Final = 100
"""Entries of one list."""
ANY: Final = "change"
"""The playbook of work that no other one is for."""
_KEYS: Final = frozenset({
    "name", "summary", "kinds", "red", "security", "security_grave", "docs", "also", "step",
})  # fmt: skip
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")


class Demand(Enum):
    """What becomes of a change that does not show what it should. NONE: nobody looks. NOTE: it is said.
    ASK: a person decides before it lands. REFUSE: it goes back to its worker.
    """

    NONE = "none"
    NOTE = "note"
    ASK = "ask"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the work, as its worker is told it."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Playbook:
    """`kinds`: kinds of tasks and categories of items that it is for. `red`: whether a test or an acceptance
    check must fail on the base and pass on the change. `security`: what a new finding comes to;
    `security_grave`: one that runs, leaks or trusts what a stranger gives. `docs`: public names that changed
    while nothing speaks of them. `also`: paths that a task may change besides those of its item; a folder has
    a slash at its end. `origin`: the file it came from, empty for windlass's own.
    """

    name: str
    summary: str
    kinds: tuple[str, ...]
    red: Demand = Demand.NONE
    security: Demand = Demand.NONE
    security_grave: Demand = Demand.NONE
    docs: Demand = Demand.NONE
    also: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    origin: str = ""

    @property
    def silent(self) -> bool:
        """Whether it asks for nothing that a change could lack."""
        return {self.red, self.security, self.security_grave, self.docs} == {Demand.NONE}

    @property
    def scans(self) -> bool:
        """Whether anybody looks for new weaknesses."""
        return not self.security is self.security_grave is Demand.NONE

    def told(self, text: str, acceptance: Sequence[str]) -> str:
        """What a worker is told: the task's own text, the steps, and the checks that we will run."""
        steps = [f"{number}. {step.name}: {step.text}" for number, step in enumerate(self.steps, 1)]
        checks = [f"- `{check}`" for check in acceptance]
        parts = [
            text,
            *(["\n".join([f"How this is done (playbook {self.name}):", *steps])] if steps else []),
            *(["\n".join([_CHECKS, *checks])] if checks else []),
        ]
        return "\n\n".join(part for part in parts if part)


_CHECKS: Final = "Done when these pass; windlass runs them itself:"


@dataclass(frozen=True, slots=True)
class Playbooks:
    """All playbooks in force, by name."""

    by_name: Mapping[str, Playbook]

    def named(self, name: str) -> Playbook:
        """The playbook of a name; Invalid for one that is not there."""
        if name not in self.by_name:
            raise Invalid(f"there is no playbook {name!r}", hint=f"known: {', '.join(sorted(self.by_name))}")
        return self.by_name[name]

    def fitting(self, name: str, *words: str) -> Playbook:
        """The playbook of this name, else the one for the first of these kinds or categories that one is for.

        A name that is not there (any more) counts as none, so that taking a playbook away stops no work.
        """
        of = {kind: playbook for playbook in self.by_name.values() for kind in playbook.kinds}
        found = self.by_name.get(name) or next((of[word] for word in words if word in of), None)
        return found or self.by_name[ANY]


def parse_playbook(text: str, where: str, origin: str = "") -> Playbook:
    """Read one file; Invalid with everything that is wrong in it."""
    try:
        table = read_toml(text)
    except tomllib.TOMLDecodeError as error:
        raise Invalid(f"playbook {where}: not TOML: {error}", hint="correct it or take it away") from error
    reader = _Reader(table)
    made = Playbook(
        reader.name(), reader.text(table, "summary"), reader.words("kinds"),
        reader.demand("red"), reader.demand("security"), reader.demand("security_grave"),
        reader.demand("docs"),
        also=reader.words("also"), steps=tuple(reader.steps()), origin=origin,
    )  # fmt: skip
    reader.strangers(table, _KEYS, "")
    if reader.problems:
        raise Invalid(
            f"playbook {where}: {'; '.join(reader.problems)}", hint="`windlass playbook show bug` shows one"
        )
    return made


class _Reader:
    """Reads one table and gathers what is wrong with it."""

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table, self.problems = table, list[str]()

    def name(self) -> str:
        name = self.text(self._table, "name")
        if name and not _NAME.fullmatch(name):
            self.problems.append(f"name {name[:60]!r} is not a lower-case word of at most 40 characters")
        return name

    def text(self, table: Mapping[str, Any], key: str, where: str = "") -> str:
        value = table.get(key)
        if isinstance(value, str) and value.strip() and len(value) <= TEXT_MAX:
            return value.strip()
        self.problems.append(f"{where}{key} must be a text of 1 to {TEXT_MAX} characters")
        return ""

    def words(self, key: str) -> tuple[str, ...]:
        value = self._table.get(key, [])
        good = isinstance(value, list) and len(value) <= WORDS_MAX
        if good and all(isinstance(one, str) and one and one.isprintable() for one in value):
            return tuple(value)
        self.problems.append(f"{key} must be a list of at most {WORDS_MAX} words")
        return ()

    def demand(self, key: str) -> Demand:
        value = self._table.get(key, Demand.NONE.value)
        known = {one.value: one for one in Demand}
        if isinstance(value, str) and value in known:
            return known[value]
        self.problems.append(f"{key} must be one of {', '.join(known)}, not {value!r}")
        return Demand.NONE

    def steps(self) -> Iterator[Step]:
        value = self._table.get("step", [])
        if not isinstance(value, list) or len(value) > STEPS_MAX:
            self.problems.append(f"step must be at most {STEPS_MAX} tables [[step]]")
            return
        for number, one in enumerate(value, 1):
            if not isinstance(one, dict):
                self.problems.append(f"step {number} is not a table")
                continue
            where = f"step {number}: "
            self.strangers(one, {"name", "text"}, where)
            yield Step(self.text(one, "name", where), self.text(one, "text", where))

    def strangers(self, table: Mapping[str, Any], known: Collection[str], where: str) -> None:
        if unknown := sorted(set(table).difference(known)):
            self.problems.append(f"{where}unknown {', '.join(unknown)}; known: {', '.join(sorted(known))}")
