"""Whether an advisory is about a version, as the OSV schema says it is to be evaluated. Pure.

https://ossf.github.io/osv-schema/, "Evaluation": listed versions, and ranges as events in the order of the
ecosystem. What cannot be ordered, or is no entry of that schema, is None: nobody knows.
"""

from collections.abc import Mapping
from typing import Any, Final

from windlass.scan.version import Key, key, name

EVENTS_MAX: Final = 10_000
_ENDS: Final = (("introduced", "0"), ("limit", "*"))
"""Before and after all versions."""


def about(entry: Mapping[str, Any], ecosystem: str, package: str, version: str) -> bool | None:
    """Whether the advisory is about this version of a package; None where that cannot be told."""
    if entry.get("withdrawn"):
        return False
    wanted, told = (ecosystem, name(ecosystem, package)), set[bool | None]()
    try:
        for affected in entry.get("affected", []):
            place = affected.get("package") or {"ecosystem": "", "name": ""}
            kind = place["ecosystem"].partition(":")[0]
            if (kind, name(kind, place["name"])) == wanted:
                told.add(_affects(affected, ecosystem, version))
    except (KeyError, TypeError, AttributeError, ValueError):
        told.add(None)
    return _any(told)


def _any(told: set[bool | None]) -> bool | None:
    return True if True in told else None if None in told else False


def _affects(affected: Mapping[str, Any], ecosystem: str, version: str) -> bool | None:
    own, versions = key(ecosystem, version), affected.get("versions") or []
    if version in versions:
        return True
    if own is None:
        return None
    if any(key(ecosystem, one) == own for one in versions):
        return True
    ranges = [one for one in affected.get("ranges") or [] if one["type"] != "GIT"]
    if not ranges and not versions:
        return None
    return _any({_inside(one["events"], ecosystem, own) for one in ranges})


def _inside(events: list[Mapping[str, str]], ecosystem: str, own: Key) -> bool | None:
    """Walk the events of one range in the order of their versions."""
    pairs = [pair for event in events for pair in event.items()]
    placed = [(key(ecosystem, at), kind) for kind, at in pairs if (kind, at) not in _ENDS]
    known = [(where, kind) for where, kind in placed if where is not None]
    if len(known) < len(placed) or len(events) > EVENTS_MAX or not any(k == "introduced" for k, _ in pairs):
        return None
    limits = [where for where, kind in known if kind == "limit"]
    if limits and ("limit", "*") not in pairs and not any(_less(own, where) for where in limits):
        return False
    inside = ("introduced", "0") in pairs
    for where, kind in sorted(known, key=lambda one: one[0]):
        if kind == "introduced" and not _less(own, where):
            inside = True
        elif (kind == "fixed" and not _less(own, where)) or (kind == "last_affected" and _less(where, own)):
            inside = False
    return inside


def _less(one: Key, other: Key) -> bool:
    return bool(one < other)  # type: ignore[operator]  # keys of one ecosystem are of one type
