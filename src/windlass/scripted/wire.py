"""What the four protocols share: safe reading of a request, and frames of a stream. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from windlass.kernel import Invalid
from windlass.scripted.tokens import compact
from windlass.scripted.turn import Answer, Ask

Body = Mapping[str, Any]
PIECE: Final = 48
"""Characters of text, or of arguments, in one event of a stream."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One protocol. `read` takes the parsed body and the path; `frames` are a stream's events, in order."""

    read: Callable[[Body, str], Ask]
    whole: Callable[[Ask, Answer], object]
    frames: Callable[[Ask, Answer], list[bytes]]
    problem: Callable[[int, str], object]


def tables(body: Body, name: str, *, needed: bool = False) -> list[dict[str, Any]]:
    """The list of tables under `name`; absent or null: none. Raises Invalid for anything else."""
    value = body.get(name)
    if value is None and not needed:
        return []
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise Invalid(f"{name!r} of the request is no list of objects")
    return value


def table(body: Body, name: str) -> dict[str, Any]:
    """The table under `name`; anything else counts as empty."""
    value = body.get(name)
    return value if isinstance(value, dict) else {}


def model_of(body: Body) -> str:
    value = body.get("model")
    if not isinstance(value, str) or not value:
        raise Invalid("the request names no model")
    return value


def pieces(text: str) -> list[str]:
    """The text in the parts in which a stream brings it; never none."""
    return [text[at : at + PIECE] for at in range(0, len(text), PIECE)] or [""]


def frame(data: object, *, event: str = "") -> bytes:
    """One server-sent event; `data` as JSON, a text as it is."""
    head = f"event: {event}\n" if event else ""
    return f"{head}data: {data if isinstance(data, str) else compact(data)}\n\n".encode(errors="replace")
