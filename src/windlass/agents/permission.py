"""What an ACP agent may do when it asks: by the kind of the tool and of the answers, never by their names.

Pure. The sandbox holds it in any case; a refusal keeps it from trying, and says so in its own protocol.
"""

import posixpath
from collections.abc import Mapping, Sequence
from typing import Any, Final

OPTIONS_MAX: Final = 50


def allows(call: object, kinds: frozenset[str], folder: str) -> bool:
    """Whether a tool of these kinds may be used on these places: all of them must lie in the folder."""
    if not isinstance(call, Mapping):
        return False
    places = call.get("locations")
    rows = places if isinstance(places, list) else []
    inside = all(isinstance(row, Mapping) and _inside(row.get("path"), folder) for row in rows)
    return (call.get("kind") or "other") in kinds and inside


def answer(params: object, kinds: frozenset[str], folder: str) -> tuple[bool, dict[str, Any]]:
    """Whether it may, and the answer in the protocol: once, or not; where that is not offered, cancelled."""
    asked = params if isinstance(params, Mapping) else {}
    allowed = allows(asked.get("toolCall"), kinds, folder)
    given = asked.get("options")
    options = given[:OPTIONS_MAX] if isinstance(given, list) else []
    for wanted in ("allow_once",) if allowed else ("reject_once", "reject_always"):
        if (option := _of_kind(options, wanted)) is not None:
            return allowed, {"outcome": {"outcome": "selected", "optionId": option}}
    return False, {"outcome": {"outcome": "cancelled"}}


def _of_kind(options: Sequence[object], kind: str) -> str | None:
    for one in options:
        if isinstance(one, Mapping) and one.get("kind") == kind and isinstance(one.get("optionId"), str):
            return str(one["optionId"])
    return None


def _inside(path: object, folder: str) -> bool:
    if not isinstance(path, str) or not folder.startswith("/"):
        return False
    plain = posixpath.normpath(posixpath.join(folder, path))
    return plain == folder or plain.startswith(f"{folder}/")
