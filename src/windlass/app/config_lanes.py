"""How `[[lanes.lane]]` is read: lanes with limit, weight and skills. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from windlass.app.config_values import Fault, Shape, Table, tables

NAME_MAX: Final = 100
LIMIT_MAX: Final = 100_000
WEIGHT_MIN, WEIGHT_MAX = 0.01, 100.0
KNOWN: Final = ("name", "limit", "weight", "skills")


@dataclass(frozen=True, slots=True)
class LaneSetting:
    """One lane. `limit` None: as many tasks at once as there are workers."""

    name: str
    limit: int | None = None
    weight: float = 1.0
    skills: tuple[str, ...] = ()


def lane_tables(wants: str) -> Shape[tuple[LaneSetting, ...]]:
    """A list of tables, each with a name of its own."""
    return tables(wants, Table("lane", "lanes.lane", _faults, _lane, _table))


def _faults(table: Mapping[str, object]) -> list[Fault]:
    known = f"known: {', '.join(KNOWN)}"
    faults = [Fault(key, "is no key of a lane", known) for key in sorted(set(table) - {*KNOWN})]
    name, limit, weight = table.get("name"), table.get("limit"), table.get("weight", 1.0)
    skills = table.get("skills", [])
    if not isinstance(name, str) or not name.strip() or len(name) > NAME_MAX or not name.isprintable():
        faults.append(Fault(name, f"must be a text of at most {NAME_MAX} characters", at=".name"))
    whole = isinstance(limit, int) and not isinstance(limit, bool)
    if limit is not None and (not whole or not 0 <= int(str(limit)) <= LIMIT_MAX):
        faults.append(Fault(limit, f"must be a whole number from 0 to {LIMIT_MAX}", at=".limit"))
    sound = isinstance(weight, int | float) and not isinstance(weight, bool)
    if not sound or not WEIGHT_MIN <= float(str(weight)) <= WEIGHT_MAX:
        faults.append(Fault(weight, f"must be a number from {WEIGHT_MIN:g} to {WEIGHT_MAX:g}", at=".weight"))
    if not isinstance(skills, list | tuple) or not all(isinstance(s, str) and s.strip() for s in skills):
        faults.append(Fault(skills, "must be a list of texts", at=".skills"))
    return faults


def _lane(table: Mapping[str, object]) -> LaneSetting:
    limit, skills = table.get("limit"), table.get("skills", ())
    return LaneSetting(
        str(table["name"]),
        int(str(limit)) if limit is not None else None,
        float(str(table.get("weight", 1.0))),
        tuple(str(skill) for skill in skills) if isinstance(skills, list | tuple) else (),
    )


def _table(lane: LaneSetting) -> dict[str, object]:
    shown: dict[str, object] = {"name": lane.name, "weight": lane.weight, "skills": list(lane.skills)}
    return shown if lane.limit is None else {**shown, "limit": lane.limit}
