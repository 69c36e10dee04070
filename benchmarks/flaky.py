"""Whose failure it is, and which tests are flaky: windlass's rule beside the rule of three further runs.

    python benchmarks/flaky.py [--short] [--changes 300] [--each 10] [--sometimes 0.1] [--seed 1]

A repository whose tests fail by themselves at known rates (seeded: `--each` tests at each of ten rates from
0.1 % to 30 %, three times as many sound ones) gets changes one by one. One in five breaks a test: always, or
(`--sometimes` of them) at any rate. Every failure has to be told: the change's, or the test's own. What
windlass decides is decided by its own code on its own rows (the room `flakes`, SQLite); only the runs of
tests are drawn instead of made, and the loop that asks for them is that of `verify/retried.py`.
The peer: a test that fails is run up to three times more; if it passes once it is flaky. Both see the same
changes and the same first results.

Not simulated: failures that come in groups, order-dependent tests, tests that the change touches.
"""

import argparse
import random
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from windlass import backlog, flakes
from windlass.flakes import Certainty, Seen
from windlass.store import Database, migrate, open_database

RATES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3)
AGAIN_MAX = 8
HOUR_S = 3_600.0


@dataclass(frozen=True)
class Change:
    """`broken`: how often each test that it broke fails on it. `first`: what failed when all were run."""

    number: int
    broken: dict[str, float]
    first: frozenset[str]


@dataclass
class Count:
    """What became of the failures of tests of one rate, or of broken ones."""

    told: Counter[str] = field(default_factory=Counter)
    runs: int = 0


class Repository:
    """Tests with their rates, and changes to them."""

    def __init__(self, each: int, sometimes: float, seed: int) -> None:
        self.rates = {f"t.py::r{rate:g}_{n}": rate for rate in RATES for n in range(each)}
        self.rates |= {f"t.py::sound_{n}": 0.0 for n in range(3 * each * len(RATES))}
        self.sometimes, self.draw = sometimes, random.Random(seed)

    def changes(self, count: int) -> Iterator[Change]:
        for number in range(count):
            broken = {}
            if self.draw.random() < 0.2:
                always = self.draw.random() >= self.sometimes
                broken = {self.draw.choice(list(self.rates)): 1.0 if always else self.draw.random()}
            rates = {**self.rates, **broken}
            yield Change(number, broken, frozenset(t for t, r in rates.items() if self.draw.random() < r))


def three(rate: float, draw: random.Random) -> tuple[str, int]:
    """The peer's rule: what it says of one failure, and how many runs it took."""
    for number in range(1, 4):
        if draw.random() >= rate:
            return "flaky", number
    return "real", 3


class Windlass:
    """The room's own code on its own rows; what `verify` does with it, without the sandbox."""

    def __init__(self, database: Database, repository: Repository, seed: int) -> None:
        self.database, self.tests, self.draw = database, repository.rates, random.Random(seed)
        self.repository = database.write(lambda tx: backlog.tend(tx, "r", "/r", "main", 1.0)).id
        self.main: list[str] = ["base"]
        self.now = time.time()
        self.items = 0
        self.whole: dict[str, Seen] = {}

    def judge(self, change: Change) -> dict[str, tuple[str, int]]:
        """What is said of each failure of a change, and its runs; it lands if none is the change's."""
        self.now += HOUR_S
        tree, failed = f"tree{change.number}", sorted(change.first)
        self._told(tree, {test: test in change.first for test in self.tests}, whole=True)
        known = self.database.read(
            lambda tx: flakes.standing(tx, self.repository, self.main, failed, self.now)
        )
        runs = {test: [1, 0] for test in failed}
        spent, before = Counter[str](), set[str]()
        for _ in range(AGAIN_MAX):
            left = [t for t in failed if t not in before and known.judge(t, *runs[t]) is Certainty.OPEN]
            again = {test: self._fails(test, change.broken.get(test)) for test in left}
            for test, bad in again.items():
                runs[test][not bad] += 1
                spent[test] += 1
            self._told(tree, again)
            asked = [test for test in left if known.judge(test, *runs[test]) is not Certainty.FLAKY]
            base = {test: self._fails(test, None) for test in asked}
            for test, bad in base.items():
                known = known.after(test, int(bad), int(not bad))
                spent[test] += 1
                before |= {test} - known.flipped if bad else set()
            self._told(self.main[0], base)
        said = {
            test: "quarantined" if test in known.quarantined
            else "before" if test in before else known.judge(test, *runs[test]).value
            for test in failed
        }  # fmt: skip
        if not {"real", "open"} & set(said.values()):
            self.main.insert(0, tree)
        self.database.write(
            lambda tx: flakes.settle(tx, self.repository, self.main, self.now, file=self._file)
        )
        return {test: (word, spent[test]) for test, word in said.items()}

    def flaky(self) -> dict[str, str]:
        """Tests that are known to be flaky, with their state."""
        told = self.database.read(lambda tx: flakes.told(tx, self.repository, self.main, self.now))
        return {one.flaky.test: one.flaky.state.value for one in told}

    def _fails(self, test: str, broken: float | None) -> bool:
        return self.draw.random() < (self.tests[test] if broken is None else broken)

    def _told(self, tree: str, bad: dict[str, bool], *, whole: bool = False) -> None:
        cases = {test: "failed" if fails else "passed" for test, fails in bad.items()}
        seen = Seen(self.repository, tree, "env", cases, self.now, whole)
        if whole:
            self.whole[tree] = seen

        def earlier(trees: Sequence[str]) -> Iterator[Seen]:
            return (replace(self.whole[one], whole=False) for one in trees)

        if cases:
            self.database.write(lambda tx: flakes.observe(tx, seen, earlier))

    def _file(self, one: flakes.Told) -> int:
        self.items += 1
        return self.items


def bucket(change: Change, test: str, rates: dict[str, float]) -> str:
    if test in change.broken:
        return "broken always" if change.broken[test] == 1.0 else "broken at some rate"
    return f"{rates[test]:.1%}"


EXCUSED = ("flaky", "before", "quarantined")


def told(name: str, counts: dict[str, Count]) -> None:
    print(f"\n{name}: failures by the test's own rate, or broken by the change\n")
    print("| rate | failures | the test's own | the change's | open | further runs each |")
    print("|---|---|---|---|---|---|")
    for key in (*(f"{rate:.1%}" for rate in RATES), "broken always", "broken at some rate"):
        one = counts.get(key, Count())
        total, own = one.told.total(), sum(one.told[word] for word in EXCUSED)
        each = f"{one.runs / total:.2f}" if total else "-"
        print(f"| {key} | {total} | {own} | {one.told['real']} | {one.told['open']} | {each} |")


def summary(name: str, counts: dict[str, Count], known: set[str], rates: dict[str, float]) -> None:
    """Precision and recall of calling failures the tests' own, and of calling tests flaky."""

    def excused(keys: list[str]) -> int:
        return sum(counts[key].told[word] for key in keys for word in EXCUSED)

    broken = [key for key in counts if key.startswith("broken")]
    own = [key for key in counts if key not in broken]
    high = [f"{rate:.1%}" for rate in RATES if rate >= 0.02 and f"{rate:.1%}" in counts]
    often = {test for test, rate in rates.items() if rate >= 0.02}
    flaky = {test for test, rate in rates.items() if rate}
    precision = excused(own) / (excused(own) + excused(broken))
    recall = excused(high) / sum(counts[key].told.total() for key in high)
    breaks = sum(counts[key].told.total() for key in broken)
    print(
        f"| {name} | {precision:.4f} | {recall:.4f} | {excused(broken)} of {breaks}"
        f" | {len(known & flaky) / max(1, len(known)):.3f} | {len(known & often) / len(often):.3f}"
        f" | {len(known & flaky) / len(flaky):.3f} | {sum(one.runs for one in counts.values())} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--changes", type=int, default=300)
    parser.add_argument("--each", type=int, default=10, help="tests at each rate")
    parser.add_argument("--sometimes", type=float, default=0.1, help="of what is broken: not at every run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true")
    given = parser.parse_args()
    changes, each = (60, 4) if given.short else (given.changes, given.each)
    repository = Repository(each, given.sometimes, given.seed)
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(f"sqlite:///{Path(folder) / 'windlass.db'}")
        migrate(database)
        windlass = Windlass(database, repository, given.seed + 2)
        ours, theirs, flagged, seconds = compare(windlass, repository, changes, random.Random(given.seed + 1))
        states = windlass.flaky()
        database.close()
    told("windlass", ours)
    told("three further runs", theirs)
    print(
        f"\n{changes} changes, {len(repository.rates)} tests, seed {given.seed},"
        f" {given.sometimes:.0%} of what breaks fails only sometimes\n"
    )
    print(
        "| rule | failures: precision | recall from 2 % on | breaks excused | tests: precision"
        " | recall from 2 % on | recall of all | further runs |"
    )
    print("|---|---|---|---|---|---|---|---|")
    known = {test for test, state in states.items() if state != "stable"}
    summary("windlass", ours, known, repository.rates)
    summary("three further runs", theirs, flagged, repository.rates)
    at_end = dict(Counter(states.values()))
    print(f"\nwindlass's states at the end: {at_end}; {seconds / changes * 1e3:.0f} ms a change")


def compare(
    windlass: Windlass, repository: Repository, changes: int, draw: random.Random
) -> tuple[dict[str, Count], dict[str, Count], set[str], float]:
    """What both say of every failure, what the peer flags, and the seconds of windlass's code."""
    ours: dict[str, Count] = {}
    theirs: dict[str, Count] = {}
    flagged, seconds = set[str](), 0.0
    for change in repository.changes(changes):
        began = time.monotonic()
        said = windlass.judge(change)
        seconds += time.monotonic() - began
        for test, own in said.items():
            key = bucket(change, test, repository.rates)
            peer = three(change.broken.get(test, repository.rates[test]), draw)
            flagged |= {test} if peer[0] == "flaky" else set()
            for counts, (word, runs) in ((ours, own), (theirs, peer)):
                one = counts.setdefault(key, Count())
                one.told[word] += 1
                one.runs += runs
    return ours, theirs, flagged, seconds


if __name__ == "__main__":
    main()
