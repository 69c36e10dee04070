"""The kinds of values windlass.toml holds: how each is read, written and described. Pure."""

import math
import re
import shlex
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import Generic, TypeVar
from urllib.parse import urlsplit, urlunsplit

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one value; `at` points inside it, e.g. `[1].kind`."""

    value: object
    problem: str
    hint: str = ""
    at: str = ""


class Complaint(ValueError):
    """A value that cannot be taken, with everything that is wrong with it."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f.problem for f in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Shape(Generic[T]):
    """One kind of value. `read` takes what TOML gives; `from_text` makes that of a variable."""

    wants: str
    read: Callable[[object], T]
    from_text: Callable[[str], object]
    show: Callable[[T], object]


def setting(default: T, shape: Shape[T], about: str, *, key: str = "", owner_only: bool = False) -> T:
    """One setting. `owner_only` ones are refused in a file that lies inside the tended repository."""
    made: T = field(
        default=default, metadata={"shape": shape, "about": about, "key": key, "owner_only": owner_only}
    )
    return made


@dataclass(frozen=True, slots=True)
class Plug:
    """One plug-in asked for: a source or a runner. `settings`, e.g. `command`, are for its kind to judge."""

    name: str
    kind: str
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


def as_toml(text: str) -> object:
    """Read an environment variable as the TOML value it looks like, else as plain text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _listed(text: str) -> object:
    return (
        as_toml(text) if text.lstrip().startswith("[") else [w.strip() for w in text.split(",") if w.strip()]
    )


def _plain(text: str) -> object:
    return text


def _same(value: object) -> object:
    return value


def text(wants: str = "a text", *, pattern: str = "") -> Shape[str]:
    def read(value: object) -> str:
        if not isinstance(value, str) or "\0" in value or (pattern and not re.fullmatch(pattern, value)):
            raise Complaint(Fault(value, f"must be {wants}"))
        return value

    return Shape(wants, read, _plain, _same)


def whole(least: int, most: int = 2**31) -> Shape[int]:
    wants = (
        f"a whole number from {least} to {most}" if most < 2**31 else f"a whole number of at least {least}"
    )

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Complaint(Fault(value, f"must be {wants}"))
        return value

    return Shape(wants, read, as_toml, _same)


def number(least: float, most: float = math.inf, *, hint: str = "") -> Shape[float]:
    wants = f"a number from {least:g} to {most:g}" if most < math.inf else f"a number of at least {least:g}"

    def read(value: object) -> float:
        # The comparison also refuses nan, which TOML can spell.
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            raise Complaint(Fault(value, f"must be {wants}", hint))
        if math.isinf(value):
            raise Complaint(Fault(value, f"must be {wants}, and finite", hint))
        return float(value)

    return Shape(wants, read, as_toml, _same)


def seconds(value: object) -> float | None:
    """`"90s"`, `"1h30m"` -> seconds; None where it is not a duration."""
    if not isinstance(value, str) or not value.strip():
        return None
    rest, total = value.strip(), 0.0
    while rest:
        part = DURATION.match(rest)
        if part is None:
            return None
        total += float(part[1]) * UNIT_S[part[2]]
        rest = rest[part.end() :].lstrip()
    return total


def duration_text(total_s: float) -> str:
    """Seconds -> the shortest text `seconds` reads back to the same value, e.g. `1h30m`."""
    left_ms, words = round(total_s * 1000), []
    for unit in ("d", "h", "m", "s", "ms"):
        size = round(UNIT_S[unit] * 1000)
        count, left_ms = divmod(left_ms, size)
        if count:
            words.append(f"{count}{unit}")
    return "".join(words) or "0s"


def duration(least_s: float, most_s: float) -> Shape[float]:
    wants = f'a duration from "{duration_text(least_s)}" to "{duration_text(most_s)}"'

    def read(value: object) -> float:
        got = seconds(value)
        if got is None:
            bare = isinstance(value, int | float) and not isinstance(value, bool)
            hint = f'write the unit, e.g. "{value}s"' if bare else 'units are ms, s, m, h, d, e.g. "5m"'
            raise Complaint(Fault(value, f"must be {wants}", hint))
        if not least_s <= got <= most_s:
            raise Complaint(Fault(value, f"must be {wants}"))
        return got

    return Shape(wants, read, _plain, duration_text)


def choice(kind: type[E]) -> Shape[E]:
    known = [str(member.value) for member in kind]
    wants = f"one of {', '.join(known)}"

    def read(value: object) -> E:
        for member in kind:
            if member.value == value:
                return member
        raise Complaint(Fault(value, f"must be {wants}"))

    return Shape(wants, read, _plain, lambda member: member.value)


def words(wants: str, check: Callable[[str], str | None] = lambda word: None) -> Shape[tuple[str, ...]]:
    """A list of texts; `check` says what is wrong with one, or None."""

    def read(value: object) -> tuple[str, ...]:
        if not isinstance(value, list | tuple):
            raise Complaint(Fault(value, f"must be {wants}", 'write a list: ["…"]'))
        faults = []
        for position, word in enumerate(value):
            if not isinstance(word, str) or not word.strip() or "\0" in word:
                faults.append(Fault(word, "must be a text that is not empty", at=f"[{position}]"))
            elif problem := check(word):
                faults.append(Fault(word, problem, at=f"[{position}]"))
        if faults:
            raise Complaint(*faults)
        return tuple(value)

    return Shape(wants, read, _listed, list)


def path_problem(word: str) -> str | None:
    """Why a text is no path pattern inside a repository."""
    if word.startswith(("/", "~")) or ".." in word.split("/"):
        return "must stay inside the repository, relative to its top"
    return None


def command_problem(word: str) -> str | None:
    """Why a text is no command line."""
    try:
        return None if shlex.split(word) else "names no program"
    except ValueError as error:
        return f"is no command line: {str(error).lower()}"


def allowed_problem(line: str) -> str | None:
    """Why a text does not allow one finding."""
    if not re.fullmatch(r"[0-9a-f]{16} +\S.*", line):
        return "must be a fingerprint of 16 digits and a reason, as `windlass security secrets` tells it"
    return None


def role_problem(word: str) -> str | None:
    """Why a text names no guardian of a chain."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", word) or word == "implementation":
        return "must name a role, e.g. qa, docs or audit"
    return None


def guardians_problem(line: str) -> str | None:
    """Why a text does not say who guards one kind of work."""
    kind, colon, roles = line.partition(":")
    if not colon or not kind.strip():
        return 'must be a kind, a colon and roles, e.g. "fix: qa docs"; no roles means none'
    return next((problem for role in roles.split() if (problem := role_problem(role))), None)


def database_url() -> Shape[str]:
    """Empty for the database file in the data home, else a PostgreSQL address. Shown without its password."""
    wants = 'empty, or an address like "postgresql://user@host/name"'

    def read(value: object) -> str:
        if not isinstance(value, str) or (value and not value.startswith(("postgresql://", "postgres://"))):
            raise Complaint(Fault(without_password(str(value)), f"must be {wants}"))
        return value

    return Shape(wants, read, _plain, without_password)


def remote_address() -> Shape[str]:
    """A remote's name or an address, which holds no password: that is for git's credential helper."""
    wants = "the name of a remote, or an address without a password"

    def read(value: object) -> str:
        if not isinstance(value, str) or "\0" in value or without_password(value) != value:
            told = without_password(value) if isinstance(value, str) else value
            raise Complaint(Fault(told, f"must be {wants}", "git config credential.helper keeps passwords"))
        return value

    return Shape(wants, read, _plain, _same)


def switch() -> Shape[bool]:
    wants = "true or false"

    def read(value: object) -> bool:
        if not isinstance(value, bool):
            raise Complaint(Fault(value, f"must be {wants}"))
        return value

    return Shape(wants, read, as_toml, _same)


def without_password(url: str) -> str:
    try:
        parts = urlsplit(url)
        password = parts.password
    except ValueError:
        return "(unreadable)"
    if password is None:
        return url
    login, _, host = parts.netloc.rpartition("@")
    return urlunsplit(parts._replace(netloc=f"{login.partition(':')[0]}:***@{host}"))


@dataclass(frozen=True, slots=True)
class Table(Generic[T]):
    """One kind of table that has a name: what it is called, where it is written, how it is read and shown."""

    what: str
    path: str
    faults: Callable[[Mapping[str, object]], list[Fault]]
    make: Callable[[Mapping[str, object]], T]
    show: Callable[[T], object]


def tables(wants: str, one: Table[T]) -> Shape[tuple[T, ...]]:
    """A list of tables, each with a `name` of its own."""

    def read(value: object) -> tuple[T, ...]:
        if not isinstance(value, list | tuple):
            raise Complaint(Fault(value, f"must be {wants}", f"write [[{one.path}]] for each, with its name"))
        found: dict[object, T] = {}
        faults: list[Fault] = []
        for position, item in enumerate(value):
            table = item if isinstance(item, Mapping) else {}
            wrong = one.faults(table) if table else [Fault(item, "must be a table with a name")]
            if not wrong and table["name"] in found:
                wrong = [Fault(table["name"], "is named twice", f"give each {one.what} once", ".name")]
            faults += [Fault(f.value, f.problem, f.hint, f"[{position}]{f.at}") for f in wrong]
            if not wrong:
                found[table["name"]] = one.make(table)
        if faults:
            raise Complaint(*faults)
        return tuple(found.values())

    return Shape(wants, read, as_toml, lambda made: [one.show(each) for each in made])


def plugs(wants: str) -> Shape[tuple[Plug, ...]]:
    """A list of plug-ins, each a kind by its name or a table with `kind`; names must differ."""

    def read(value: object) -> tuple[Plug, ...]:
        if not isinstance(value, list | tuple):
            raise Complaint(Fault(value, f"must be {wants}", 'write a list of tables, each with kind = "…"'))
        found: list[Plug] = []
        faults: list[Fault] = []
        for position, item in enumerate(value):
            try:
                plug = _plug(item)
            except Complaint as complaint:
                faults += [Fault(f.value, f.problem, f.hint, f"[{position}]{f.at}") for f in complaint.faults]
                continue
            if any(plug.name == other.name for other in found):
                faults.append(
                    Fault(plug.name, "is named twice", "give each its own name", f"[{position}].name")
                )
            found.append(plug)
        if faults:
            raise Complaint(*faults)
        return tuple(found)

    return Shape(wants, read, _listed, lambda found: [_plug_table(plug) for plug in found])


def _plug(item: object) -> Plug:
    table = {"kind": item} if isinstance(item, str) else item
    if not isinstance(table, Mapping):
        raise Complaint(Fault(item, "must be the name of a kind, or a table"))
    kind, faults = table.get("kind"), []
    if not isinstance(kind, str) or not kind:
        faults.append(Fault(kind, "must name a kind", 'e.g. kind = "mechanic"', ".kind"))
    name = table.get("name", kind)
    if not isinstance(name, str) or not name:
        faults.append(Fault(name, "must be a text that is not empty", at=".name"))
    faults += _command_faults(table.get("command"))
    if faults:
        raise Complaint(*faults)
    rest = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items() if k not in ("name", "kind")}
    return Plug(str(name), str(kind), MappingProxyType(rest))


def _command_faults(command: object) -> list[Fault]:
    """A command is a line or a list of words; which kinds take one is theirs to say."""
    if command is None:
        return []
    try:
        line = shlex.split(command) if isinstance(command, str) else command
        if not words("a command line or a list of words").read(line):
            return [Fault(command, "names no program", at=".command")]
    except Complaint as complaint:
        return [Fault(f.value, f.problem, f.hint, f".command{f.at}") for f in complaint.faults]
    except ValueError as error:
        return [Fault(command, f"is no command line: {str(error).lower()}", at=".command")]
    return []


def _plug_table(plug: Plug) -> dict[str, object]:
    rest = {k: list(v) if isinstance(v, tuple) else v for k, v in plug.settings.items()}
    return {"name": plug.name, "kind": plug.kind, **rest}
