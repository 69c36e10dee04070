"""Hold documents against the official meta-schemas, and schemas against their dialects, offline."""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from windlass.papers.kinds import DRAFTS
from windlass.papers.text import Step, Steps

ERRORS_MAX: Final = 50
MESSAGE_MAX: Final = 220
BACKTRACK_MAX: Final = 10_000
_BRANCHES_MAX: Final = 64
_SCHEMAS: Final = Path(__file__).parent / "schemas"
_DRAFTS: Final = {
    "draft-4": jsonschema_rs.Draft4Validator, "draft-6": jsonschema_rs.Draft6Validator,
    "draft-7": jsonschema_rs.Draft7Validator, "draft-2019-09": jsonschema_rs.Draft201909Validator,
    "draft-2020-12": jsonschema_rs.Draft202012Validator,
}  # fmt: skip
_BY_DRAFT: Final = {draft: address for address, draft in DRAFTS.items()}


def against(name: str, value: Any) -> Iterator[tuple[Steps, str]]:
    """What in a document does not fit a standard or a dialect, each with its place: at most ERRORS_MAX."""
    found = set[tuple[Steps, str]]()
    for error in _validator(name).iter_errors(value):
        deep = _deepest(error)
        one = _steps(value, deep.instance_path), _message(deep)
        if one not in found:
            found.add(one)
            yield one
        if len(found) == ERRORS_MAX:
            return


class Undecided(ValueError):
    """A pattern takes too long on a value: nobody can say whether it fits."""


def misfit(schema: Any, draft: str, value: Any, registry: Any = None) -> str:
    """Why a value does not fit a schema; empty when it does, or when nobody can say. Raises ValueError where
    the schema, or what it refers to, cannot be used.
    """
    try:
        found = held(schema, draft, registry)(value)
    except Undecided:
        return ""
    return found[1] if found else ""


def held(schema: Any, draft: str, registry: Any = None) -> Callable[[Any], tuple[Steps, str] | None]:
    """Tells of values where and why they do not fit; None of one that does. Raises ValueError where the
    schema, or what it refers to, cannot be used; what it returns raises Undecided, or ValueError of a value
    that is too deep.
    """
    made = _DRAFTS[draft](
        schema, registry=registry, offline=True, validate_formats=False,
        pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=BACKTRACK_MAX),
    )  # fmt: skip

    def fits(value: Any) -> tuple[Steps, str] | None:
        error = next(iter(made.iter_errors(value)), None)
        if error is None:
            return None
        if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.BacktrackLimitExceeded):
            raise Undecided("a pattern takes too long on it")
        deep = _deepest(error)
        return _steps(value, deep.instance_path), _message(deep)

    return fits


def registry(documents: dict[str, Any], draft: str) -> Any:
    """Documents by address, to be referred to. What refers to any other cannot be used, and all else can."""
    drafts = {
        "draft-4": jsonschema_rs.Draft4, "draft-6": jsonschema_rs.Draft6, "draft-7": jsonschema_rs.Draft7,
        "draft-2019-09": jsonschema_rs.Draft201909, "draft-2020-12": jsonschema_rs.Draft202012,
    }  # fmt: skip
    return jsonschema_rs.Registry(list(documents.items()), draft=drafts[draft], retriever=_nowhere)


def _nowhere(_: str) -> Any:
    """No schema at all: that every address is asked for at once must not end the work."""
    return {"type": 0}


@cache
def _validator(name: str) -> Any:
    if name in _DRAFTS:
        return _DRAFTS[name]({"$ref": _BY_DRAFT[name]}, offline=True, validate_formats=False)
    schema = json.loads((_SCHEMAS / f"{name}.json").read_text())
    return jsonschema_rs.validator_for(schema, offline=True, validate_formats=False)


def _deepest(error: Any) -> Any:
    """Of a choice that nothing fits, the error of the way that went farthest: it is what was meant."""
    for _ in range(_BRANCHES_MAX):
        ways = getattr(error.kind, "context", None)
        ones = [one for way in ways or () for one in way]
        if not ones:
            return error
        best = max(ones, key=_farthest)
        if len(best.instance_path) < len(error.instance_path):
            return error
        error = best
    return error


def _farthest(error: Any) -> tuple[int, bool]:
    """A wrong member says more than one that is missing: that may only say which way was not meant."""
    return len(error.instance_path), error.kind.name not in ("required", "type")


def _steps(value: Any, path: Sequence[Step]) -> Steps:
    """The place as the document has it: the library tells every key of digits as a number."""
    found: list[Step] = []
    for step in path:
        step = str(step) if isinstance(value, dict) else step
        found.append(step)
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            value = None
    return tuple(found)


def _message(error: Any) -> str:
    text = str(error.message)
    return text if len(text) <= MESSAGE_MAX else f"{text[:60]}…{text[-(MESSAGE_MAX - 61) :]}"
