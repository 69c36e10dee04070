"""JSON from strangers: UTF-8, no member twice, not too deep, only finite numbers. Pure.

What two readers could read differently is refused before anybody reads it.
"""

import json
import math
import re
from collections.abc import Sequence
from typing import Any, Final

from windlass.kernel import Invalid

DEPTH_MAX: Final = 32
"""Levels of objects and arrays."""
WHOLE_MAX: Final = 2**53
"""Floats without a fraction below this are whole numbers, as JSON Schema counts them."""

_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_BRACKET: Final = re.compile(rb"[\[\]{}]")


class Malformed(Invalid):
    """The bytes are not the JSON they should be."""

    http_status = 400


def parse_json(text: bytes, *, depth_max: int = DEPTH_MAX) -> Any:
    """Read one JSON document; Malformed says what is wrong with it and never repeats it."""
    _check_depth(text, depth_max)
    try:
        found = _DECODER.decode(text.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise Malformed(f"the body is not UTF-8 at byte {error.start}", hint="send JSON in UTF-8") from error
    except json.JSONDecodeError as error:
        raise Malformed(f"the body is not JSON: {error.msg} at character {error.pos}") from error
    except (RecursionError, ValueError) as error:
        raise Malformed(str(error) if isinstance(error, _Refused) else "the body is not JSON") from error
    if b"\\u" in text:
        _check_surrogates(found)
    return found


class _Refused(ValueError):
    """Why a document is refused, in words that may be shown."""


def _check_depth(text: bytes, depth_max: int) -> None:
    if text.count(b"{") + text.count(b"[") <= depth_max:
        return
    depth = 0
    for mark in _BRACKET.finditer(_TEXT.sub(b"", text)):
        depth += 1 if mark[0] in b"[{" else -1
        if depth > depth_max:
            raise Malformed(f"the body is deeper than {depth_max} levels", hint="send a flatter document")


def _check_surrogates(found: Any) -> None:
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Malformed("a text holds half of a surrogate pair", hint="send whole characters") from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise _Refused("an object has a member twice")
    return made


def _number(text: str) -> int | float:
    value = float(text)
    if not math.isfinite(value):
        raise _Refused("a number is out of range")
    return int(value) if value.is_integer() and abs(value) < WHOLE_MAX else value


def _constant(name: str) -> None:
    raise _Refused(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_float=_number, parse_constant=_constant)
