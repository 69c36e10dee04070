"""What an agents.yaml of the founding tools means here: each agent as a profile. Pure.

Windlass's own form of the file is taken as it is. Whose work costs money or widens rights, so what `OWNERS`
names, is taken only where the owner named the file.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from windlass.app.config_agents import KNOWN, OWNERS, shipped
from windlass.app.config_sections import KEYS
from windlass.app.config_values import Complaint, Fault
from windlass.app.founding import NO_SETTING, Reading, Told, brief, plain

SETTING: Final = "agents.agent"
AGENTS_MAX: Final = 100
_KEYS: Final = {"description": "summary", "specialization": "skills", "model": "model"}
"""Keys of the founding form, and those of a profile that say the same."""
_FORM: Final = frozenset(
    {"type", "description", "specialization", "worktree_pattern", "permissions", "resource_limits"}
)
"""One of these makes an entry one of the founding form."""
_MEMORY: Final = re.compile(r"(\d{1,6})(Mi|Gi)")
_MIB: Final = {"Mi": 1, "Gi": 1024}


def read_agents(source: str, document: object, *, owners: bool) -> Reading:
    """The agents of a file, one line each, and one more for what has no place.

    `owners`: the owner named the file.
    """
    reading = Reading(source)
    if isinstance(document, Mapping) and "agents" in document:
        for key in (key for key in document if key != "agents"):
            reading.leave(plain(str(key))[:100], document[key])
        document = document["agents"]
    if document is None:
        return reading
    if not isinstance(document, Mapping | list):
        reading.wrong("agents", [Fault(document, "must be a list or a table of agents")])
        return reading
    names: set[str] = set()
    for number, entry in enumerate(_entries(document), 1):
        if number > AGENTS_MAX:
            reading.wrong("agents", [Fault(None, f"are more than {AGENTS_MAX}")])
            return reading
        _one(reading, entry, number, names, owners=owners)
    return reading


def _entries(document: Mapping[Any, Any] | list[Any]) -> Iterator[object]:
    """A list, a table by name, or a table of groups: one entry after the other."""
    if isinstance(document, list):
        yield from document
        return
    for name, value in document.items():
        if isinstance(value, list):
            yield from value
        else:
            yield {"name": str(name), **value} if isinstance(value, Mapping) else {"name": str(name)}


def _one(reading: Reading, entry: object, number: int, names: set[str], *, owners: bool) -> None:
    table = {"name": entry} if isinstance(entry, str) else entry
    if not isinstance(table, Mapping):
        reading.wrong(f"agents[{number - 1}]", [Fault(entry, "must be a name or a table with a name")])
        return
    shown = f"agents.{plain(str(table.get('name', number)))[:60]}"
    if {*table} <= {*KNOWN}:
        profile, left = dict(table), dict[str, object]()
    elif _FORM & {*table}:
        profile, left = _translated(table)
    else:
        reading.leave(shown, table, "no form of agents that windlass knows")
        return
    withheld = {} if owners else {key: profile.pop(key) for key in OWNERS if key in profile}
    try:
        KEYS[SETTING].shape.read([profile])
        if profile.get("name") in names:
            raise Complaint(Fault(profile.get("name"), "is named twice", "give each agent once"))
    except Complaint as complaint:
        reading.wrong(
            shown, [Fault(f.value, f.problem, f.hint, f.at.removeprefix("[0]")) for f in complaint.faults]
        )
        return
    names.add(str(profile["name"]))
    taken = ", ".join(key for key in profile if key != "name") or "its name"
    reading.told.append(Told(shown, taken, SETTING, [profile], str(profile["name"])))
    if withheld:
        why = "the owner's to say: name the file on the command line to take it"
        reading.leave(f"{shown} {', '.join(withheld)}", withheld, why)
    if left:
        reading.told.append(
            Told(shown, ", ".join(f"{key} {brief(left[key])}" for key in left)[:200], why=NO_SETTING)
        )


def _translated(table: Mapping[Any, Any]) -> tuple[dict[str, Any], dict[str, object]]:
    """An entry of the founding form as a profile, and what of it has no place."""
    profile: dict[str, Any] = {"name": _name(table.get("name"))}
    left: dict[str, object] = {}
    for key, value in table.items():
        limits = value if key == "resource_limits" and isinstance(value, Mapping) else {}
        if key in _KEYS and value is not None:
            profile[_KEYS[key]] = value
        elif (memory := _memory(limits.get("memory"))) is not None:
            profile["limits"] = {"memory_mb": memory}
            left |= {f"{key}.{name}": rest for name, rest in limits.items() if name != "memory"}
        elif key != "name":
            left[plain(str(key))[:60]] = value
    return profile, left


def _name(told: object) -> object:
    """`frontend_agent` is what windlass ships as `frontend`; others keep their name, with dashes."""
    if not isinstance(told, str):
        return told
    short = re.sub(r"[_ ]?agent$", "", told.strip(), flags=re.IGNORECASE).lower()
    if short in {one.name for one in shipped()}:
        return short
    return re.sub(r"[_ ]+", "-", told.strip()).lower()


def _memory(told: object) -> int | None:
    found = _MEMORY.fullmatch(told) if isinstance(told, str) else None
    return int(found[1]) * _MIB[found[2]] if found else None
