"""The flaky tests of one repository: brought up to date after every verdict and landing, and as a person asks
for them.
"""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Final, Protocol

from windlass import backlog, flakes, history
from windlass.app.wiring import Plant
from windlass.backlog import Draft, ItemState
from windlass.flakes import Told
from windlass.history import Act
from windlass.kernel import Conflict, NotFound, iso
from windlass.store import Database, Transaction
from windlass.workspace import Mirror

SOURCE: Final = "flaky"
"""The source of the items about tests in quarantine."""
TITLE_MAX: Final = 200
"""Characters of a test's name in a title."""


class Place(Protocol):
    """What is needed of a plant or a site."""

    @property
    def database(self) -> Database: ...
    @property
    def mirror(self) -> Mirror: ...
    @property
    def repository(self) -> backlog.Repository: ...


def settle(place: Place) -> Sequence[str]:
    """Bring what is known of flaky tests up to what the main branch shows, with items for those that went
    into quarantine; the trees of that branch.
    """
    repository = place.repository.id
    if not place.database.read(lambda tx: flakes.watches(tx, repository)):
        return ()
    trees = place.mirror.trees_along(f"refs/windlass/user/heads/{place.repository.main}")

    def work(tx: Transaction) -> None:
        now = tx.now()
        for one in flakes.settle(tx, repository, trees, now, file=partial(_file, tx, repository)):
            if not one.flaky.unsound:
                _close(tx, one.flaky.item, one.flaky.reason, now)

    with suppress(Conflict):  # another node has just done it
        place.database.write(work)
    return trees


def _file(tx: Transaction, repository: int, one: Told) -> int:
    test, (low, high) = one.flaky.test, one.record.belief.interval()
    until = one.flaky.until or one.flaky.since
    text = (
        f"{test} fails by itself: on trees of the main branch on which it also passed"
        f" {one.record.failed} runs failed and {one.record.passed} passed, {low:.1%} to {high:.1%} of its"
        f" runs with 95 % probability. It runs and does not block until {iso(until)}. Make it certain or"
        " take it away."
    )
    draft = Draft(
        f"flaky:{test}:{one.flaky.since:.0f}", f"make {test[:TITLE_MAX]} certain", source=SOURCE,
        rule="flaky-test", category="bug", text=text, due_at=until,
    )  # fmt: skip
    return backlog.add_item(tx, repository, draft, one.flaky.since).id


def _close(tx: Transaction, item: int | None, reason: str, now: float) -> None:
    """Of a test that is sound nothing is left to be done, unless somebody is at it."""
    if item is not None:
        with suppress(Conflict):
            backlog.move_item(tx, item, ItemState.CLOSED, now, reason=reason)


class Flaking:
    """What the commands about flaky tests call."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._repository = plant.repository.id

    def told(self) -> Sequence[Told]:
        """Every flaky test, those that fail most first."""
        trees, now = self._trees(), self._plant.database.read(lambda tx: tx.now())
        return self._plant.database.read(lambda tx: flakes.told(tx, self._repository, trees, now))

    def one(self, test: str) -> Told:
        """One of them; raises NotFound."""
        for told in self.told():
            if told.flaky.test == test:
                return told
        raise NotFound(f"{test!r} is not known to be flaky", hint="`windlass flaky list` tells which are")

    def quarantine(self, test: str, *, days: float, reason: str, by: str) -> Told:
        """Let a flaky test run without blocking for some days."""
        trees = self._trees()

        def work(tx: Transaction) -> Told:
            file = partial(_file, tx, self._repository)
            done = flakes.quarantine(
                tx, self._repository, trees, test, days=days, reason=reason, by=by, file=file
            )
            self._final(tx, Act("flaky quarantine", by, test, self._repository), f"flaky release {test}")
            return done

        return self._plant.database.write(work)

    def release(self, test: str, *, reason: str, by: str) -> None:
        """Call a test sound."""

        def work(tx: Transaction) -> None:
            flaky = flakes.release(tx, self._repository, test, reason=reason, by=by)
            _close(tx, flaky.item, reason, tx.now())
            act = Act("flaky release", by, test, self._repository)
            self._final(tx, act, f"flaky quarantine {test} once it has flipped again")

        self._plant.database.write(work)

    def _final(self, tx: Transaction, act: Act, instead: str) -> None:
        history.final(tx, act, f"windlass {instead}")

    def _trees(self) -> Sequence[str]:
        """Those of the main branch as it is now, up to which everything is brought first."""
        self._plant.mirror.sync(self._plant.checkout)
        return settle(self._plant)
