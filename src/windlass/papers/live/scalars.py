"""Texts and numbers that are as small and plain as some schemas together let them be. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from windlass.papers.live import patterns

TEXT_MAX: Final = 10_000
PLAIN: Final = "windlass"
Schema = Mapping[str, Any]
_FORMATS: Final = {
    "uuid": "00000000-0000-4000-8000-00000000000{n}", "guid": "00000000-0000-4000-8000-00000000000{n}",
    "date": "2024-01-1{n}", "date-time": "2024-01-1{n}T12:00:00Z", "datetime": "2024-01-1{n}T12:00:00Z",
    "time": "12:00:0{n}Z", "duration": "P{n}D", "email": "someone{n}@example.org",
    "idn-email": "someone{n}@example.org", "hostname": "host{n}.example.org",
    "idn-hostname": "host{n}.example.org", "ipv4": "192.0.2.{n}", "ip": "192.0.2.{n}",
    "ipv6": "2001:db8::{n}", "ipv4-cidr": "192.0.2.{n}/32", "cidr": "192.0.2.{n}/32",
    "mac": "00:00:5e:00:53:0{n}",
    "uri": "https://example.org/{n}", "url": "https://example.org/{n}", "iri": "https://example.org/{n}",
    "uri-reference": "/{n}", "iri-reference": "/{n}", "uri-template": "/{n}", "json-pointer": "/{n}",
    "relative-json-pointer": "{n}", "regex": "a{n}", "byte": "d2luZGxhc{n}M=", "base64": "d2luZGxhc{n}M=",
    "int32": "{n}", "int64": "{n}", "integer": "{n}", "number": "{n}", "decimal": "{n}", "float": "{n}",
    "double": "{n}", "json": "{n}",
}  # fmt: skip
_WIDTH: Final = {"int8": 7, "int16": 15, "int32": 31, "int64": 63, "uint8": 8, "uint16": 16, "uint32": 32}


def texts(schemas: Sequence[Schema], nth: int, turn: int) -> str | None:
    """A text by its format, pattern and length; None where none is found. `nth`: which of several that are
    to differ. `turn`: a later one looks at the format before the pattern.
    """
    low = max([0, *(int(one) for one in _numbers(schemas, "minLength"))])
    high = min([TEXT_MAX, *(int(one) for one in _numbers(schemas, "maxLength"))])
    found = [one["pattern"] for one in schemas if isinstance(one.get("pattern"), str)]
    made = _formatted(schemas, nth)
    if found and (turn % 2 == 0 or made is None):
        return patterns.text(max(found, key=len), low, high, nth + turn // 2)
    if made is not None and low <= len(made) <= high:
        return made
    if low > high or low > TEXT_MAX:
        return None
    plain = PLAIN if not nth else f"{nth}{PLAIN}"
    return (plain + "a" * (low - len(plain)))[:high] if high else ""


def numbers(schemas: Sequence[Schema], nth: int, *, whole: bool) -> int | float | None:
    """A number within all bounds, 1 where that is one; None where there is none."""
    low, high = _bound(schemas, "minimum", "exclusiveMinimum"), _bound(schemas, "maximum", "exclusiveMaximum")
    step = Fraction(1) if whole else Fraction(0)
    for one in _numbers(schemas, "multipleOf"):
        if one > 0:
            step = _least(step, Fraction(str(one)))
    for width in (_WIDTH[one["format"]] for one in schemas if str(one.get("format")) in _WIDTH):
        widest = Fraction(2**width - 1), False
        high = min(high or widest, widest)
    for made in _candidates(low, high, step):
        value = made + nth * (step or 1)
        if _inside(value, low, high) and (not step or value % step == 0):
            return int(value) if value.denominator == 1 else float(value)
    return None


Bound = tuple[Fraction, bool] | None


def _candidates(low: Bound, high: Bound, step: Fraction) -> Iterator[Fraction]:
    yield Fraction(1)
    if step:
        yield step
    if low and step:
        first = -(-low[0] // step) * step
        yield from (first, first + step)
    elif low:
        yield from (low[0], low[0] + 1)
    if high and step:
        last = high[0] // step * step
        yield from (last, last - step)
    elif high:
        yield from (high[0], high[0] - 1)
    if low and high:
        yield (low[0] + high[0]) / 2
    yield Fraction(0)


def _inside(value: Fraction, low: Bound, high: Bound) -> bool:
    above = low is None or value > low[0] or (value == low[0] and not low[1])
    below = high is None or value < high[0] or (value == high[0] and not high[1])
    return above and below


def _bound(schemas: Sequence[Schema], word: str, beyond: str) -> Bound:
    """The strictest one, and whether it lies outside itself: told by a number, or in draft 4 by a word."""
    found = [
        *((Fraction(str(one[word])), one.get(beyond) is True) for one in schemas if _number(one.get(word))),
        *((Fraction(str(one[beyond])), True) for one in schemas if _number(one.get(beyond))),
    ]
    if not found:
        return None
    return max(found) if word == "minimum" else min(found, key=lambda one: (one[0], not one[1]))


def _least(one: Fraction, other: Fraction) -> Fraction:
    """The least common multiple; of nothing and a number, the number."""
    if not one:
        return other
    top = one.numerator * other.denominator
    side = other.numerator * one.denominator
    return Fraction(abs(top * side), _common(top, side) * one.denominator * other.denominator)


def _common(one: int, other: int) -> int:
    while other:
        one, other = other, one % other
    return abs(one) or 1


def _numbers(schemas: Sequence[Schema], word: str) -> list[int | float]:
    return [one[word] for one in schemas if _number(one.get(word))]


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _formatted(schemas: Sequence[Schema], nth: int) -> str | None:
    found = [str(one["format"]).lower() for one in schemas if isinstance(one.get("format"), str)]
    made = next((_FORMATS[one] for one in found if one in _FORMATS), None)
    return made.replace("{n}", str((nth + 1) % 10)) if made else None
