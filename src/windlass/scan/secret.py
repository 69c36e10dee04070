"""Find secrets in a text, and tell of each where it stands, never what it is. Pure.

Certain: the shape of a provider's secret, with what only real ones have (`shapes.py`), as it stands or in
base64 or hex. Likely: a name that speaks of a secret, given a text that looks random. Certain ones may refuse
a change; likely ones are for a person.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from windlass.scan.shapes import SHAPES, bits

BLOB_MAX: Final = 16 * 1024 * 1024
"""Bytes of one file that are looked at; whoever reads more says so."""
NAMED_MAX: Final = 1024 * 1024
"""Characters up to which names are looked at; longer files are made by programs."""
LINE_MAX: Final = 4_000
"""Characters of a line in which names are looked at."""
CODED_MAX: Final = 2_000
"""Encoded runs of one text that are decoded, and the depth of one in another is 2."""
DEPTH_MAX: Final = 2
FOUND_MAX: Final = 1_000
"""Secrets told of one text."""
HEAD: Final = 4
PASSWORD_BITS, KEY_BITS = 2.5, 3.3
"""Bits for each character: people draw passwords, programs draw keys."""
_CODED: Final = re.compile(r"[A-Za-z0-9+/_-]{26,}={0,2}")
_HEX: Final = re.compile(r"(?:[0-9a-f]{2})+|(?:[0-9A-F]{2})+")
_WORD: Final = r"(?P<word>password|passwd|pwd|secret|token|(?:api|private|access|auth)[_-]?key)"
_NAMED: Final = re.compile(
    rf"(?i){_WORD}[\w-]{{0,40}}[\"']?\]?\s{{0,9}}(?::\s?[\w.\[\]]{{1,30}}\s?(?==))?"
    r"(?::=|=>|:|=)\s{0,9}[bfru]?(?P<mark>[\"'`])(?P<value>[^\"'`\s]{8,200})(?P=mark)"
)
_BARE: Final = re.compile(
    rf"(?i)\s{{0,40}}(?:export\s|-\s)?[\w.-]{{0,40}}?{_WORD}[\w-]{{0,40}}\s?[:=]\s{{0,9}}"
    r"(?P<value>[^\s\"'#$<{]{8,200})\s*$"
)
_PLAIN: Final = re.compile(
    r"(?i)(?:.*/)?(?:\.env[\w.-]*|[^/]*\.(?:env|ini|cfg|conf|properties|ya?ml|tfvars))"
)
"""Files in which values need no quotes."""
_ADDRESS: Final = re.compile(
    r"[a-z][a-z0-9+.-]{1,20}://[^\s/:@\"']{1,100}:(?P<value>[^\s/@\"'<>{}$%]{8,200})@"
)
_INNOCENT: Final = re.compile(
    r"(?i)example|change.?me|placeholder|dummy|your|xxxx|\.\.\.|[<>{}$%()]|0000|test|fake|sample"
    r"|sha(?:1|256|512)|12345|password|passwd|secret|redact|https?:|\\|^[./~]|(?:^|/)[a-z_.-]{3,}(?:/|$)"
    r"|^[\d.,:-]+$|^[a-z_.:-]+$|^[0-9a-f]{8}-[0-9a-f-]{27}$"
)
"""Values that people write in place of secrets, and what else is given to such names: addresses, numbers,
words, identifiers.
"""


@dataclass(frozen=True, slots=True)
class Secret:
    """`head`: its first characters. `fingerprint`: tells it from others without telling it; for the
    allow-list. `certain`: its provider's shape, checked.
    """

    rule: str
    what: str
    line: int
    head: str
    fingerprint: str
    certain: bool

    def __str__(self) -> str:
        return f"{self.what} ({self.head}…, {self.fingerprint})"


def allowed(lines: Iterable[str]) -> dict[str, str]:
    """Fingerprint to reason, of lines that hold both."""
    return {mark: reason.strip() for mark, _, reason in (line.partition(" ") for line in lines)}


def find(content: bytes, path: str = "") -> list[Secret]:
    """The secrets of one file, in the order of its lines; each is told once a line."""
    text = content[:BLOB_MAX].decode("utf-8", "replace")
    found = list(_certain(text, 0))
    if len(text) <= NAMED_MAX and "\0" not in text:
        taken = {line for line, _, _, _ in found}
        found += [one for one in _named(text, path) if one[0] not in taken]
    told = {
        Secret(rule, what, line, value[:HEAD], _digest(value), rule != "assigned-secret")
        for line, rule, what, value in found[:FOUND_MAX]
    }
    return sorted(told, key=lambda one: (one.line, one.rule, one.fingerprint))


_Found = tuple[int, str, str, str]
"""Line, rule, what it is, the secret itself."""


def _certain(text: str, depth: int) -> Iterator[_Found]:
    ends: list[tuple[int, int]] = []
    for shape in SHAPES:
        if shape.hint not in text:
            continue
        for match in shape.pattern.finditer(text):
            inside = any(start <= match.start() < end for start, end in ends)
            if len(ends) < FOUND_MAX and not inside and shape.proves(match[0]):
                ends.append(match.span())
                yield text.count("\n", 0, match.start()) + 1, shape.rule, shape.what, match[0]
    if depth < DEPTH_MAX:
        yield from _encoded(text, depth, ends)


def _encoded(text: str, depth: int, ends: Sequence[tuple[int, int]]) -> Iterator[_Found]:
    """What stands in runs of base64 and hex, under the line of the run."""
    for number, match in enumerate(_CODED.finditer(text)):
        if number >= CODED_MAX:
            return
        if any(start <= match.start() < end for start, end in ends):
            continue
        inner = _decoded(match[0])
        for _, rule, what, value in _certain(inner, depth + 1) if inner else ():
            yield text.count("\n", 0, match.start()) + 1, rule, f"{what}, encoded", value


def _decoded(run: str) -> str:
    """The text in a run; empty where it decodes to none."""
    try:
        if _HEX.fullmatch(run):
            made = bytes.fromhex(run)
        else:
            bare = run.rstrip("=").translate(str.maketrans("-_", "+/"))
            made = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
        return made.decode("latin-1")
    except (ValueError, binascii.Error):
        return ""


def _named(text: str, path: str) -> Iterator[_Found]:
    """Names of secrets with a value that looks random."""
    plain = _PLAIN.fullmatch(path) is not None
    for number, line in enumerate(text.split("\n"), 1):
        line = line[:LINE_MAX]
        for match in _NAMED.finditer(line):
            if _looks_random(match["word"], match["value"]):
                yield number, "assigned-secret", "what looks like a secret", match["value"]
        bare = _BARE.match(line) if plain else None
        if bare and _looks_random(bare["word"], bare["value"]):
            yield number, "assigned-secret", "what looks like a secret", bare["value"]
        for match in _ADDRESS.finditer(line) if "://" in line else ():
            if _looks_random("password", match["value"]):
                yield number, "assigned-secret", "what looks like a password in an address", match["value"]


def _looks_random(word: str, value: str) -> bool:
    person = word.lower().startswith("p") and not word.lower().startswith("private")
    if _INNOCENT.search(value) or not re.search(r"\d", value) or not re.search(r"[A-Za-z]", value):
        return False
    return bits(value) >= (PASSWORD_BITS if person else KEY_BITS) and len(value) >= (8 if person else 12)


def _digest(value: str) -> str:
    return hashlib.sha256(f"windlass secret {value}".encode("utf-8", "replace")).hexdigest()[:16]
