"""How `[[agents]]` and agents.yaml are read: profiles of agents, on top of those that windlass ships."""

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from windlass.app.config_values import (
    Complaint,
    Fault,
    Plug,
    Shape,
    as_toml,
    duration,
    number,
    plugs,
    text,
    whole,
    words,
)

PROFILES_MAX: Final = 100
PROMPT_MAX: Final = 20_000
OWNERS: Final = ("runner", "model", "limits")
"""What spends money or widens rights: a file inside the repository may not say it."""
FILTERS: Final = ("sources", "rules", "categories")
_NAME: Final = r"[a-z][a-z0-9-]{0,39}"
_SHIPPED: Final = Path(__file__).with_name("config_agents.toml")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one agent may use: requests in a window, seconds and MiB of an attempt, money; None: no cap."""

    requests: int = 100
    window_s: float = 3600.0
    time_s: float = 1800.0
    memory_mb: int = 2048
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """One kind of agent. Without a `runner`, agents that connect by themselves do its work in `lane`.

    `takes`: which found work is its own, by source, rule and category; empty: only what is ordered of it.
    `sop`: the procedure it works by. `prompt`: what it is told before every task.
    """

    name: str
    summary: str = ""
    skills: tuple[str, ...] = ()
    lane: str = ""
    sop: str = "worker"
    prompt: str = ""
    model: str = ""
    runner: Plug | None = None
    takes: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    limits: Limits = Limits()

    @property
    def waits_in(self) -> str:
        """The lane of its tasks: a runner's is called like the runner."""
        return self.name if self.runner is not None else self.lane or self.name


_LIMITS: Final[Mapping[str, tuple[str, Shape[Any]]]] = {
    "requests": ("requests", whole(1, 1_000_000)),
    "window": ("window_s", duration(1, 30 * 86_400)),
    "time": ("time_s", duration(1, 7 * 86_400)),
    "memory_mb": ("memory_mb", whole(16, 1_048_576)),
    "cost": ("cost", number(0, 1_000_000)),
}
_LIST: Final = words("a list of texts")
_SHAPES: Final[Mapping[str, Shape[Any]]] = {
    "name": text("a name of small letters, digits and dashes", pattern=_NAME),
    "summary": text(),
    "skills": _LIST,
    "lane": text("the name of a lane", pattern=r"\S.{0,99}"),
    "sop": text("the name of a procedure", pattern=r"[a-z]{2,24}"),
    "prompt": text(f"a text of at most {PROMPT_MAX} characters", pattern=rf"(?s).{{0,{PROMPT_MAX}}}"),
    "model": text("the name of a model", pattern=r"\S{1,200}"),
    **dict.fromkeys(FILTERS, _LIST),
}
KNOWN: Final = (*_SHAPES, "runner", "limits")


def shipped() -> tuple[Profile, ...]:
    """The profiles that windlass brings, in their order."""
    return tuple(_profile(Profile(""), table) for table in _tables())


@cache
def _tables() -> tuple[Mapping[str, Any], ...]:
    return tuple(tomllib.loads(_SHIPPED.read_text(encoding="utf-8"))["agents"])


def agent_tables(wants: str) -> Shape[tuple[Profile, ...]]:
    """A list of profiles, each the name of a shipped one, or a table with what is different from it."""

    def read(value: object) -> tuple[Profile, ...]:
        if not isinstance(value, list | tuple) or len(value) > PROFILES_MAX:
            raise Complaint(Fault(None, f"must be {wants}, at most {PROFILES_MAX}", "[[agents]] for each"))
        known = {one.name: one for one in shipped()}
        found: list[Profile] = []
        faults: list[Fault] = []
        for position, item in enumerate(value):
            table: object = {"name": item} if isinstance(item, str) else item
            wrong = _faults(table)
            if not wrong and isinstance(table, Mapping):
                made = _profile(known.get(table["name"], Profile("")), table)
                wrong = _misfits(made, found, table)
                found.append(made)
            faults += [Fault(f.value, f.problem, f.hint, f"[{position}]{f.at}") for f in wrong]
        if faults:
            raise Complaint(*faults)
        return tuple(found)

    return Shape(wants, read, as_toml, lambda profiles: [shown(one) for one in profiles])


def owners_faults(value: object) -> list[Fault]:
    """What a file inside the repository says and may not say."""
    tables = value if isinstance(value, list | tuple) else ()
    hint = "say it in the data home: windlass.toml or agents.yaml there, or the user's configuration"
    return [
        Fault(table[key], "may not be set from inside the repository", hint, f"[{position}].{key}")
        for position, table in enumerate(tables)
        if isinstance(table, Mapping)
        for key in OWNERS
        if key in table
    ]


def _faults(table: object) -> list[Fault]:
    if not isinstance(table, Mapping):
        return [Fault(table, "must be the name of a shipped profile, or a table with a name")]
    faults = _strangers(table, KNOWN, "key of a profile")
    if "name" not in table:
        faults.append(Fault(None, "is missing", 'e.g. name = "backend"', ".name"))
    for key, shape in _SHAPES.items():
        if key in table:
            faults += _complaints(shape, table[key], f".{key}")
    if "runner" in table:
        told = _complaints(plugs("a runner"), [table["runner"]], ".runner")
        faults += [replace(fault, at=fault.at.replace("[0]", "", 1)) for fault in told]
    return faults + _limit_faults(table.get("limits", {}))


def _limit_faults(limits: object) -> list[Fault]:
    if not isinstance(limits, Mapping):
        return [Fault(limits, "must be a table", f"known: {', '.join(_LIMITS)}", ".limits")]
    faults = [replace(fault, at=".limits") for fault in _strangers(limits, _LIMITS, "limit")]
    for key, (_, shape) in _LIMITS.items():
        if key in limits:
            faults += _complaints(shape, limits[key], f".limits.{key}")
    return faults


def _strangers(table: Mapping[Any, Any], known: Iterable[str], what: str) -> list[Fault]:
    hint = f"known: {', '.join(known)}"
    return [Fault(None, f"{key!r} is no {what}", hint) for key in sorted(map(str, set(table) - {*known}))]


def _complaints(shape: Shape[Any], value: object, at: str) -> list[Fault]:
    try:
        shape.read(value)
    except Complaint as complaint:
        return [replace(fault, at=at + fault.at) for fault in complaint.faults]
    return []


def _misfits(made: Profile, others: Sequence[Profile], table: Mapping[str, Any]) -> list[Fault]:
    if any(made.name == other.name for other in others):
        return [Fault(made.name, "is named twice", "give each profile once", ".name")]
    if made.runner is not None and made.lane and made.lane != made.name:
        return [Fault(made.lane, "is not where its runner works", f"leave it out: {made.name}", ".lane")]
    return []


def _profile(base: Profile, table: Mapping[str, Any]) -> Profile:
    """A profile with what a sound table says on top of it."""
    plain = {key: shape.read(table[key]) for key, shape in _SHAPES.items() if key in table}
    takes: dict[str, tuple[str, ...]] = {key: plain.pop(key) for key in FILTERS if key in plain}
    said = {field_: shape.read(table["limits"][key]) for key, (field_, shape) in _LIMITS.items()
            if key in table.get("limits", {})}  # fmt: skip
    (runner,) = plugs("a runner").read([table["runner"]]) if "runner" in table else (base.runner,)
    return replace(
        base, **plain, runner=runner, takes=MappingProxyType({**base.takes, **takes}),
        limits=replace(base.limits, **said),
    )  # fmt: skip


def shown(one: Profile) -> dict[str, Any]:
    """As the file would spell it."""
    table: dict[str, Any] = {
        key: _LIST.show(value) if key == "skills" else value
        for key in ("name", "summary", "skills", "lane", "sop", "prompt", "model")
        if (value := getattr(one, key))
    }
    if one.runner is not None:
        table["runner"] = plugs("").show((one.runner,))[0]  # type: ignore[index]  # a list of tables
    limits = {key: shape.show(value) for key, (field_, shape) in _LIMITS.items()
              if (value := getattr(one.limits, field_)) is not None}  # fmt: skip
    return {**table, **{key: list(values) for key, values in one.takes.items()}, "limits": limits}
