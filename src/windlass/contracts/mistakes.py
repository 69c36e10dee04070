"""What does not fit a contract, told without repeating what was sent: it may hold a secret. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import jsonschema_rs

MISTAKES_MAX: Final = 20
POINTER_MAX: Final = 500
DETAIL_MAX: Final = 300


@dataclass(frozen=True, slots=True)
class Mistake:
    """One rule that a value does not keep. `place`: body, path, query, header or cookie."""

    place: str
    pointer: str
    rule: str
    detail: str


def find(validator: Any, value: object, place: str) -> tuple[Mistake, ...]:
    """Every rule that `value` breaks, at most MISTAKES_MAX; empty when it fits."""
    if validator.is_valid(value):
        return ()
    found = []
    for error in validator.iter_errors(value):
        found.append(_mistake(error, place))
        if len(found) == MISTAKES_MAX:
            break
    return tuple(found)


def _mistake(error: jsonschema_rs.ValidationError, place: str) -> Mistake:
    rule = error.kind.name
    detail = error.message
    match error.kind:
        case jsonschema_rs.ValidationErrorKind.AdditionalProperties():
            detail = "holds a member that the contract does not know"  # its name is the sender's text
        case jsonschema_rs.ValidationErrorKind.PropertyNames():
            detail = "holds a member whose name does not fit"
        case jsonschema_rs.ValidationErrorKind.Required(property=name):
            detail = f"{name!r} is missing"
    return Mistake(place, pointer(error.instance_path)[:POINTER_MAX], rule, detail[:DETAIL_MAX])


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)
