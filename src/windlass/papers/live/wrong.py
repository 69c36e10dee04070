"""Calls that a contract forbids, made of one that it allows: with a member left out or of another type.

That they are really forbidden is held against the schema: what fits all the same is not sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from windlass.papers.live import serial
from windlass.papers.live.calls import NAMED, Contract, Operation, left_out
from windlass.papers.live.target import Ask
from windlass.papers.live.validating import Unusable
from windlass.papers.live.values import Call, Origin, Unasked, Value
from windlass.papers.references import Place

MEMBERS_MAX: Final = 30
_OTHERS: Final[tuple[Any, ...]] = ({"windlass": 1}, "windlass", [["windlass"]], 7)
_TRIED: Final = ("PATCH", "DELETE", "PUT", "POST", "GET")


@dataclass(frozen=True, slots=True)
class Wrong:
    """`what`: in which way it is wrong."""

    ask: Ask
    what: str


def calls(contract: Contract, call: Call) -> Iterator[Wrong]:
    """A few wrong calls of an operation that can be called. Raises TooLong."""
    yield from _bodies(contract, call)
    yield from _queries(contract, call)


def _bodies(contract: Contract, call: Call) -> Iterator[Wrong]:
    body, content = call.body, call.content
    if body is None or content is None or body.schema is None or not serial.speaks_json(body.media):
        return
    if not isinstance(content.value, dict):
        for other in _OTHERS:
            if _misfits(contract, body.schema, other):
                yield from _built(replace(call, content=Value(other, Origin.MADE)), "a body of another type")
                return
        return
    value, left, typed = content.value, 0, 0
    for name in list(value)[:MEMBERS_MAX]:
        less = {key: one for key, one in value.items() if key != name}
        if left < 1 and _misfits(contract, body.schema, less):
            left += 1
            what = f"its body had no {name[:60]!r}, which it has to have"
            yield from _built(replace(call, content=Value(less, Origin.MADE)), what)
        for other in _OTHERS if typed < 1 else ():
            changed = {**value, name: other}
            if type(other) is not type(value[name]) and _misfits(contract, body.schema, changed):
                typed += 1
                what = f"{name[:60]!r} in its body was of another type"
                yield from _built(replace(call, content=Value(changed, Origin.MADE)), what)
                break


def _queries(contract: Contract, call: Call) -> Iterator[Wrong]:
    left, typed = 0, 0
    for one, value in call.filled:
        if one.where != "query" or not one.required:
            continue
        rest = [pair for pair in call.filled if pair[0] is not one]
        if left < 1:
            left += 1
            what = f"its query had no {one.name[:60]!r}, which is required"
            yield from _built(replace(call, filled=rest), what)
        wrong = "windlass-is-wrong"
        plain = one.schema is not None and not one.media and not isinstance(value.value, str | list | dict)
        if typed < 1 and plain and one.schema is not None and _misfits(contract, one.schema, wrong):
            typed += 1
            changed = [(one, Value(wrong, Origin.MADE)) if pair[0] is one else pair for pair in call.filled]
            what = f"{one.name[:60]!r} in its query was no value of its type"
            yield from _built(replace(call, filled=changed), what)


def _built(call: Call, what: str) -> Iterator[Wrong]:
    try:
        yield Wrong(call.ask(), what)
    except Unasked:
        return


def _misfits(contract: Contract, schema: Place, value: Any) -> bool:
    """Whether a value is surely forbidden."""
    try:
        return contract.asked.misfit(schema, value) is not None
    except Unusable:
        return False


def method(every: list[Operation], call: Call, leave_out: tuple[str, ...]) -> str | None:
    """A method that nobody declares for what a call asks: neither its path nor another that is like it."""
    template = call.operation.where
    asked = call.ask().target.partition("?")[0].removeprefix(serial.address(call.operation.base)).split("/")
    taken = {one.method for one in every if _like(one.where.split("/"), asked) or one.where == template}
    for one in _TRIED:
        if one not in taken and not left_out(one, template, leave_out):
            return one
    return None


def _like(template: list[str], asked: list[str]) -> bool:
    """Whether a path may be meant by a template."""
    return len(template) == len(asked) and all(
        one == other or NAMED.search(one) for one, other in zip(template, asked, strict=True)
    )
