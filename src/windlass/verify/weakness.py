"""What a change does to security, by reading: secrets on lines it adds, findings that the base has not. Pure.

The rules for secrets are few and certain ones: shapes that only real keys have, and names of secrets that are
given a text which looks random. What a rule found is never repeated, only where it stands.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from windlass.plan import Demand, Playbook
from windlass.verify.judge import Ruling
from windlass.verify.model import Outcome, Reading
from windlass.verify.testcode import on_test_side

LISTED_MAX: Final = 20
LINE_MAX: Final = 4_000
"""Characters of a line that are read."""
RANDOM_BITS: Final = 3.5
"""Bits for each character from which on a text of `RANDOM_MIN` characters looks random: words have fewer."""
RANDOM_MIN: Final = 16
GRAVE: Final = frozenset({
    "S102", "S103", "S105", "S106", "S107", "S202", "S301", "S302", "S307", "S323", "S501", "S502", "S503",
    "S506", "S507", "S602", "S604", "S605", "S608", "S609", "S612", "S701", "S702",
})  # fmt: skip
"""Rules of ruff for what runs, leaks or trusts what a stranger gives; the others are hygiene."""
_SHAPES: Final = {
    "a private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "a key of AWS": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token of GitHub": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})"),
    "a token of GitLab": re.compile(r"\bglpat-[\w-]{20,}"),
    "a token of Slack": re.compile(r"\bxox[abprs]-[\w-]{10,}"),
    "a key of Google": re.compile(r"\bAIza[\w-]{35}\b"),
    "a key of a model's provider": re.compile(r"\bsk-(?:ant-|proj-)?[\w-]{32,}"),
    "a token of npm": re.compile(r"\bnpm_[A-Za-z0-9]{36}\b"),
}
_NAMED: Final = re.compile(
    r"(?i)(?:password|passwd|secret|token|api_?key|private_?key)\w*[\"']?\s*[:=]\s*[\"']([^\"'\s]{16,})[\"']"
)
_PLACEHOLDER: Final = re.compile(r"(?i)example|change.?me|placeholder|dummy|your|xxxx|\.\.\.|[<>{}$%]|0000")


@dataclass(frozen=True, slots=True)
class Weakness:
    """`grave`: it runs, leaks or trusts; the rest is hygiene, or stands beside the tests."""

    where: str
    what: str
    grave: bool

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def secrets(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Weakness]:
    """Secrets on lines that the change adds; `before`: the same files under their new paths."""
    for path, text in sorted(after.items()):
        known = Counter(before.get(path, "").splitlines())
        for number, line in enumerate(text.splitlines(), 1):
            if known[line]:
                known[line] -= 1
            elif what := _secret(line[:LINE_MAX]):
                yield Weakness(f"{path}:{number}", f"adds what looks like {what}", not on_test_side(path))


def _secret(line: str) -> str:
    for what, shape in _SHAPES.items():
        if shape.search(line):
            return what
    for found in _NAMED.finditer(line):
        if not _PLACEHOLDER.search(found[1]) and bits(found[1]) >= RANDOM_BITS:
            return "a secret"
    return ""


def bits(text: str) -> float:
    """Shannon's entropy of a text's characters, in bits for each."""
    shares = [count / len(text) for count in Counter(text).values()]
    return -sum(share * math.log2(share) for share in shares)


def findings(base: Reading, change: Reading, renames: Mapping[str, str]) -> Iterator[Weakness]:
    """Findings (`path|rule` to their number) of which the change has more than the base."""
    old: Counter[str] = Counter()
    for key, count in base.counts.items():
        path, _, rule = key.partition("|")
        old[f"{renames.get(path, path)}|{rule}"] += count
    for key, count in sorted(change.counts.items()):
        path, _, rule = key.partition("|")
        if count > old[key]:
            yield Weakness(path, f"{rule}, {old[key]} -> {count}", rule in GRAVE)


def ruled(playbook: Playbook, found: Sequence[Weakness], unknown: str) -> tuple[Ruling, tuple[str, ...]]:
    """What the playbook makes of them, and what a person has to look at; `unknown`: why nobody could look."""
    words: dict[Demand, list[str]] = {demand: [] for demand in Demand}
    for one in found:
        words[playbook.security_grave if one.grave else playbook.security].append(str(one))
    told = {demand: _told(playbook, some) for demand, some in words.items()}
    asks = {playbook.security, playbook.security_grave} & {Demand.ASK, Demand.REFUSE}
    lost = (f"security: {unknown} (playbook {playbook.name})",) if unknown and asks else ()
    return Ruling(told[Demand.REFUSE], lost, told[Demand.NOTE]), told[Demand.ASK]


def _told(playbook: Playbook, some: Sequence[str]) -> tuple[str, ...]:
    if not some:
        return ()
    rest = f", and {len(some) - LISTED_MAX} more" if some[LISTED_MAX:] else ""
    return (f"security: new on this change: {'; '.join(some[:LISTED_MAX])}{rest} (playbook {playbook.name})",)


def blind(reading: Reading) -> str:
    """Why a scan says nothing; empty where it does."""
    unknown = reading.outcome is Outcome.UNKNOWN
    return f"{reading.check} gave no result: {reading.detail[:300]}" if unknown else ""
