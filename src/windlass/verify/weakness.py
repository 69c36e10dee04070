"""What a change does to security, by reading: secrets on lines it adds, findings that the base has not. Pure.

What a rule found is never repeated, only where it stands.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from windlass.plan import Demand, Playbook
from windlass.scan import find
from windlass.verify.judge import Ruling
from windlass.verify.model import Outcome, Reading
from windlass.verify.testcode import on_test_side

LISTED_MAX: Final = 20
GRAVE: Final = frozenset({
    "S102", "S103", "S105", "S106", "S107", "S202", "S301", "S302", "S307", "S323", "S501", "S502", "S503",
    "S506", "S507", "S602", "S604", "S605", "S608", "S609", "S612", "S701", "S702",
})  # fmt: skip
"""Rules of ruff for what runs, leaks or trusts what a stranger gives; the others are hygiene."""


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
        old = before.get(path, "")
        lines, known = Counter(old.split("\n")), {one.fingerprint for one in find(old.encode(), path)}
        added = set()
        for number, line in enumerate(text.split("\n"), 1):
            lines[line] -= 1
            if lines[line] < 0:
                added.add(number)
        for one in find(text.encode(), path):
            if one.line in added or one.fingerprint not in known:
                what = f"adds what looks like {one.what.removeprefix('what looks like ')}"
                yield Weakness(f"{path}:{one.line}", what, not on_test_side(path))


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
