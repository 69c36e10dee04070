"""Move flaky tests from state to state by what the main branch shows; nobody's word does.

`trees` are always those of the main branch. What was seen on the trees of changes counts once they have
landed, so no change can make a test look flaky and then hide behind it.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from windlass import policy
from windlass.events import Subject
from windlass.flakes import records
from windlass.flakes.accounts import Suite, prior, record
from windlass.flakes.accounts import records as accounts
from windlass.flakes.beta import Beta
from windlass.flakes.certainty import Certainty, broken, judge
from windlass.flakes.model import UNSOUND, Flaky, FlakyState, Record, Seen
from windlass.flakes.quarantine import QUARANTINE_S, due, places
from windlass.kernel import Conflict, Invalid, NotFound, iso
from windlass.store import Transaction

YES: Final = "quarantine"
NO: Final = "let it block"
DAYS_MAX: Final = 90.0
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What the gate has to know of some tests: how often each fails by itself, which do not block, and which
    have flipped on the main branch. `broken`: the chance that a change broke one of them.
    """

    beliefs: Mapping[str, Beta]
    quarantined: frozenset[str]
    flipped: frozenset[str]
    broken: float

    def judge(self, test: str, failed: int, passed: int) -> Certainty:
        """Whether the failures of one of them are the change's, after so many runs on it."""
        return judge(self.beliefs[test], failed, passed, before=self.broken)

    def after(self, test: str, failed: int, passed: int) -> "Standing":
        """With runs on the base tree, just made."""
        belief = self.beliefs[test].after(failed, passed)
        return replace(self, beliefs={**self.beliefs, test: belief})


@dataclass(frozen=True, slots=True)
class Told:
    """A flaky test and what the main branch says of it."""

    flaky: Flaky
    record: Record


File = Callable[[Told], int]
"""Puts an item about a test in quarantine into the backlog; its id."""


def watches(tx: Transaction, repository: int) -> bool:
    """Whether any test has ever failed here; else nothing can be flaky."""
    return records.any_watched(tx, repository)


def observe(tx: Transaction, seen: Seen, earlier: Callable[[Sequence[str]], Iterable[Seen]]) -> None:
    """Count one run of tests. `earlier`: the whole runs on record of these trees, asked when a test fails for
    the first time, so that what it did until then counts too.
    """
    known = records.watched(tx, seen.repository)
    new = records.observe(tx, seen, known) - known
    if not new:
        return
    trees = [tree for tree in records.rounds(tx, seen.repository, seen.environment) if tree != seen.tree]
    for old in earlier(trees):
        passed = {test: "passed" for test in new if old.cases.get(test) == "passed"}
        records.observe(tx, replace(old, cases=passed), new)


def standing(
    tx: Transaction, repository: int, trees: Collection[str], tests: Collection[str], now: float
) -> Standing:
    """How these tests stand on the main branch."""
    seen, suite = records.tallies(tx, repository, trees, now), records.suite(tx, repository, trees)
    found, new = accounts(seen, suite), record("", (), prior(seen, suite))
    held = records.flaky(tx, repository, (FlakyState.QUARANTINED,))
    return Standing(
        {test: found.get(test, new).belief for test in tests},
        frozenset(one.test for one in held if one.until is None or one.until > now),
        frozenset(test for test in tests if found.get(test, new).flips),
        broken(suite.tests if suite else 0),
    )


def told(tx: Transaction, repository: int, trees: Collection[str], now: float) -> list[Told]:
    """Every flaky test with its record, those that fail most first."""
    return _worst_first(records.flaky(tx, repository), _records(tx, repository, trees, now))


def count(tx: Transaction, repository: int) -> int | None:
    """How many tests are flaky; None while the suite was never run whole."""
    return len(records.flaky(tx, repository, UNSOUND)) if records.measured(tx, repository) else None


def settle(tx: Transaction, repository: int, trees: Collection[str], now: float, *, file: File) -> list[Told]:
    """Bring every test into the state that the main branch shows it in; what moved."""
    records.forget(tx, repository, now)
    suite = records.suite(tx, repository, trees)
    seen = accounts(records.tallies(tx, repository, trees, now), suite)
    known = {one.test: one for one in records.flaky(tx, repository)}
    for test, found in seen.items():
        if found.flips and test not in known:
            known[test] = records.found(tx, repository, test, now, _evidence(found))
    room = _room(suite) - sum(one.state is FlakyState.QUARANTINED for one in known.values())
    moved = []
    for one in _worst_first(known.values(), seen):
        state = due(one.flaky, one.record, suite.gone if suite else 0.0, now)
        enters = state is FlakyState.QUARANTINED and state is not one.flaky.state
        if state is one.flaky.state or (
            enters and room <= 0 and not _allowed(tx, repository, one.record, now)
        ):
            continue
        room -= enters - (one.flaky.state is FlakyState.QUARANTINED)
        new = replace(one, flaky=_move(tx, repository, one, state, now))
        moved.append(_filed(tx, repository, new, file) if enters else new)
    return moved


def _worst_first(known: Iterable[Flaky], seen: Mapping[str, Record]) -> list[Told]:
    empty = prior((), None)
    found = [Told(one, seen.get(one.test) or record(one.test, (), empty)) for one in known]
    return sorted(found, key=lambda one: (not one.flaky.unsound, -one.record.belief.mean))


def _filed(tx: Transaction, repository: int, new: Told, file: File) -> Told:
    item = file(new)
    records.filed(tx, repository, new.flaky.test, item)
    return replace(new, flaky=replace(new.flaky, item=item))


def quarantine(
    tx: Transaction, repository: int, trees: Collection[str], test: str, *, days: float, reason: str, by: str,
    file: File,
) -> Told:  # fmt: skip
    """A person puts a flaky test into quarantine; even then both results must be on record, and a place
    free.
    """
    if not 0 < days <= DAYS_MAX:
        raise Invalid(
            f"a quarantine of {days:g} days is not possible", hint=f"more than 0, up to {DAYS_MAX:g}"
        )
    now = tx.now()
    old = _known(tx, repository, test)
    found = _records(tx, repository, trees, now).get(test)
    if found is None or not found.flips:
        raise Invalid(
            f"{test!r} was never seen to fail and pass on one tree of the main branch",
            hint="only that is evidence; `windlass flaky list` tells what is",
        )
    held = len(records.flaky(tx, repository, (FlakyState.QUARANTINED,)))
    if held >= _room(records.suite(tx, repository, trees)):
        raise Conflict(
            f"{held} tests are in quarantine, and no more may be",
            hint="mend or release one: `windlass flaky list`",
        )
    flaky = _quarantined(tx, repository, Told(old, found), (now, days * DAY_S, reason, by))
    return _filed(tx, repository, Told(flaky, found), file)


def release(tx: Transaction, repository: int, test: str, *, reason: str, by: str) -> Flaky:
    """A person calls a test sound: it blocks, and what was seen of it until now counts no more."""
    return _released(tx, repository, _known(tx, repository, test), tx.now(), reason=reason, by=by)


def _known(tx: Transaction, repository: int, test: str) -> Flaky:
    for one in records.flaky(tx, repository):
        if one.test == test:
            return one
    raise NotFound(f"{test!r} is not known to be flaky", hint="`windlass flaky list` tells which are")


def _records(tx: Transaction, repository: int, trees: Collection[str], now: float) -> Mapping[str, Record]:
    seen = records.tallies(tx, repository, trees, now)
    return accounts(seen, records.suite(tx, repository, trees))


def _room(suite: Suite | None) -> int:
    return places(suite.tests if suite else 0)


def _allowed(tx: Transaction, repository: int, found: Record, now: float) -> bool:
    """There is no place left: ask a person, once for each test, and do what was answered."""
    asked = policy.ask(
        tx, f"flaky:{repository}:{found.test}",
        f"may one more flaky test be quarantined, beyond the cap: {found.test}?",
        {"test": found.test, **_evidence(found)}, (YES, NO), kind="flaky", now=now,
        about=Subject(repository),
    )  # fmt: skip
    return asked.answer == YES


def _move(tx: Transaction, repository: int, one: Told, state: FlakyState, now: float) -> Flaky:
    old, found = one.flaky, one.record
    if state is FlakyState.QUARANTINED:
        low, high = found.belief.interval()
        reason = f"fails by itself in {low:.1%} to {high:.1%} of its runs, seen on {found.flips} trees"
        return _quarantined(tx, repository, one, (now, QUARANTINE_S, reason, ""))
    if state is FlakyState.STABLE:
        reason = f"{found.clean} clean runs since it failed last; its last run was {iso(found.last)}"
        return _released(tx, repository, old, now, reason=reason, by="")
    new = replace(old, state=state, since=now, until=None)
    records.move(tx, repository, old, new)
    data = {"test": old.test, **_evidence(found)}
    if state is FlakyState.OVERDUE:
        records.say(tx, repository, "flaky.overdue", now, data)
    else:
        records.say(tx, repository, "flaky.found", now, data)
    return new


def _quarantined(tx: Transaction, repository: int, one: Told, why: tuple[float, float, str, str]) -> Flaky:
    old, (now, for_s, reason, by) = one.flaky, why
    new = replace(
        old, state=FlakyState.QUARANTINED, since=now, until=now + for_s, reason=reason, by=by
    )  # fmt: skip
    records.move(tx, repository, old, new)
    data = {"test": old.test, "until": new.until, "reason": reason, **_evidence(one.record)}
    records.say(tx, repository, "flaky.quarantined", now, data, by=by)
    return new


def _released(tx: Transaction, repository: int, old: Flaky, now: float, *, reason: str, by: str) -> Flaky:
    new = replace(
        old, state=FlakyState.STABLE, since=now, until=None, reason=reason, by=by, counted_from=now
    )  # fmt: skip
    records.move(tx, repository, old, new)
    records.say(tx, repository, "flaky.released", now, {"test": old.test, "reason": reason}, by=by)
    return new


def _evidence(found: Record) -> dict[str, object]:
    low, high = found.belief.interval()
    return {
        "rate": round(found.belief.mean, 4), "low": round(low, 4), "high": round(high, 4),
        "flips": found.flips, "failed": found.failed, "passed": found.passed,
    }  # fmt: skip
