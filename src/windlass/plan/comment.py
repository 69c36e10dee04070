"""The one command a comment may hold: `/parallel-dev feature="…" strategy=… instances=… complexity=…`. Pure.

Whoever may write a comment wrote it, so this is strict: the command is the whole comment, every key is known
and given once, every value is bounded, and what is wrong is named with its line and column. Only straight
double quotes quote; inside them `\\"`, `\\\\` and `\\n` are escapes, and line ends are allowed.
"""

import difflib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from windlass.kernel import Invalid
from windlass.plan.feature import TEXT_MAX

COMMAND: Final = "/parallel-dev"
COMMENT_MAX: Final = 65_536
"""Characters of a comment, as GitHub has it."""
INSTANCES_MAX: Final = 10
COMPLEXITIES: Final[Mapping[str, int]] = {"low": 2, "medium": 5, "high": 8}
"""What somebody says about the work, and the job size in points that this means to score and gate."""
_KEYS: Final = ("feature", "strategy", "instances", "complexity")
_VALUE_MAX: Final = 40
"""Characters of a value without quotes."""
_BLANK: Final = " \t\n"
_ESCAPES: Final = {'"': '"', "\\": "\\", "n": "\n"}
_CURLY: Final = "“”„«»‘’"
_USAGE: Final = f'write {COMMAND} feature="…" strategy=… instances=… complexity=…'


@dataclass(frozen=True, slots=True)
class Asked:
    """What a comment asks for; empty or None where it leaves the choice."""

    feature: str
    strategy: str = ""
    instances: int | None = None
    complexity: str = ""


def parse_comment(text: str, strategies: Collection[str]) -> Asked:
    """Read the command of a comment; Invalid with what is wrong, where, and what to write instead."""
    if len(text) > COMMENT_MAX:
        raise Invalid(f"the comment has {len(text)} characters, more than {COMMENT_MAX}", hint="shorten it")
    reader = _Reader(text.replace("\r\n", "\n"))
    found = reader.pairs()
    if "feature" not in found:
        raise Invalid("the comment names no feature", hint=_USAGE)
    strategy, complexity = found.get("strategy", ""), found.get("complexity", "")
    _among("strategy", strategy, strategies)
    _among("complexity", complexity, COMPLEXITIES)
    return Asked(_feature(found["feature"]), strategy, _instances(found.get("instances")), complexity)


class _Reader:
    """Goes through the text once, from left to right."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    def pairs(self) -> dict[str, str]:
        self._skip()
        if not self._text.startswith(COMMAND, self._at):
            raise self._wrong(f"{COMMAND} does not stand here", _USAGE)
        self._at += len(COMMAND)
        found: dict[str, str] = {}
        while True:
            blank = self._skip()
            if not self._ahead:
                return found
            if not blank:
                raise self._wrong("a blank must stand here", "put a blank between the values")
            start = self._at
            key = self._key()
            if key in found:
                self._at = start
                raise self._wrong(f"{key!r} is given twice", "give every key once")
            found[key] = self._value(key)

    @property
    def _ahead(self) -> str:
        return self._text[self._at : self._at + 1]

    def _skip(self) -> bool:
        """Pass blanks; whether there were some."""
        start = self._at
        while self._ahead and self._ahead in _BLANK:
            self._at += 1
        return self._at > start

    def _key(self) -> str:
        start = self._at
        while self._ahead.isascii() and self._ahead.isalpha() and self._at - start < _VALUE_MAX:
            self._at += 1
        key = self._text[start : self._at]
        if key in _KEYS and self._ahead == "=":
            self._at += 1
            return key
        near = difflib.get_close_matches(key, _KEYS, 1)
        self._at = start
        if key in _KEYS:
            raise self._wrong(f"{key!r} has no value", f"write {key}=…, without blanks around the sign")
        shown = key or self._text[start : start + 20]
        raise self._wrong(
            f"{shown!r} is no key", f"write {near[0]}" if near else f"known: {', '.join(_KEYS)}; nothing else"
        )

    def _value(self, key: str) -> str:
        if self._ahead == '"':
            return self._quoted(key)
        start = self._at
        while self._ahead.isascii() and (self._ahead.isalnum() or self._ahead in {"_", "-"}):
            self._at += 1
        value = self._text[start : self._at]
        if self._ahead and self._ahead in _CURLY:
            raise self._wrong(f"{self._ahead!r} is no straight quote", f'write {key}="…"')
        if not value or len(value) > _VALUE_MAX or (self._ahead and self._ahead not in _BLANK):
            raise self._wrong(f"the value of {key!r} cannot be read", f'write {key}="…" with straight quotes')
        return value

    def _quoted(self, key: str) -> str:
        start = self._at
        self._at += 1
        parts: list[str] = []
        while (sign := self._ahead) and sign != '"':
            if sign == "\\":
                self._at += 1
                if self._ahead not in _ESCAPES:
                    raise self._wrong(f"\\{self._ahead} is no escape", 'known: \\", \\\\ and \\n')
                sign = _ESCAPES[self._ahead]
            elif not sign.isprintable() and sign not in "\n\t":
                raise self._wrong(f"the sign U+{ord(sign):04X} is not allowed", "take it out")
            parts.append(sign)
            self._at += 1
        if not sign:
            self._at = start
            raise self._wrong(f"the quote of {key!r} is not closed", 'end it with "')
        self._at += 1
        return "".join(parts)

    def _wrong(self, what: str, hint: str) -> Invalid:
        before = self._text[: self._at]
        line, column = before.count("\n") + 1, self._at - before.rfind("\n")
        return Invalid(f"comment, line {line}, column {column}: {what}", hint=hint)


def _among(key: str, value: str, known: Collection[str]) -> None:
    if value and value not in known:
        raise Invalid(f"comment: {key} is never {value[:_VALUE_MAX]!r}", hint=f"one of: {', '.join(known)}")


def _feature(text: str) -> str:
    if not text.strip() or len(text) > TEXT_MAX:
        raise Invalid(f"comment: a feature is told in 1 to {TEXT_MAX} characters, not {len(text)}")
    return text.strip()


def _instances(text: str | None) -> int | None:
    if text is None:
        return None
    digits = text.isascii() and text.isdigit() and not text.startswith("0") and len(text) <= 3
    if not digits or int(text) > INSTANCES_MAX:
        raise Invalid(f"comment: instances is never {text[:_VALUE_MAX]!r}", hint=f"1 to {INSTANCES_MAX}")
    return int(text)
