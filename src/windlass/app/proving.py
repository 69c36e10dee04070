"""Prove the main branch as a whole after it has moved, and take back what broke it.

A look is recorded when everything that follows from it is: one that was broken off is made again, from the
evidence that it left.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

from windlass import dispatch, land, policy, verify
from windlass.app.background import Background, Trouble
from windlass.app.config_sections import Reverts
from windlass.app.forging import bring
from windlass.app.wiring import Plant
from windlass.dispatch import Site
from windlass.kernel import Conflict, Invalid, NotFound, Unavailable
from windlass.land import Landing, LandingState
from windlass.sandbox import Level
from windlass.store import Transaction

LINE_MAX: Final = 500
"""Commits that a culprit is looked for among."""
LISTED_MAX: Final = 20
LOOK_S: Final = 5.0
LATER_S: Final = 3_600.0
"""After a look whose time was over before all was certain."""
NICE: Final = 10
trunk = verify.evaluation.trunk
Call = trunk.Call
UNSURE: Final = {
    Call.FLAKY: "fails, and passes when it is run again",
    Call.UNTOLD: "fails, and it cannot be asked alone since when",
    Call.OPEN: "fails, and the time was over before it was certain since when",
}
Look = land.revert.trunk.Look


@dataclass(frozen=True, slots=True)
class Culprit:
    """A commit since which something fails. `landing`: whose it is, None for one that is not windlass's;
    `task`: the one that takes it back; `why_not`: why there is none.
    """

    commit: str
    names: tuple[str, ...]
    landing: int | None = None
    task: int | None = None
    why_not: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    """What a look came to. `fresh`: what did not fail at the look before, and certainly fails now. `seconds`:
    None where it is told as it was seen before.
    """

    look: Look
    fresh: tuple[str, ...] = ()
    culprits: tuple[Culprit, ...] = ()
    seconds: float | None = None


class Proving:
    """Looks at the main branch of a repository. `mode`: what becomes of a landing that broke it."""

    def __init__(self, site: Site, mode: Reverts, tier: int) -> None:
        self._site, self._mode, self._tiers = site, mode, range(tier + 1)
        self._by: Mapping[str, str] = {}

    def due(self) -> bool:
        """Whether the branch has moved since the last look, or that one could not decide and is some time
        ago, and nothing is about to move it again.
        """
        repository, checkout = self._site.repository, self._site.checkout
        there = self._site.mirror.ref(checkout.trunk) if checkout.trunk else None
        main = there or checkout.ref(f"refs/heads/{self._branch}")
        last = self._site.database.read(lambda tx: land.revert.trunk.last(tx, repository.id, self._branch))
        if main is None or (last is not None and last.commit == main and not self._later(last)):
            return False
        return not any(one.state.moving for one in self._landings())

    def _later(self, last: Look) -> bool:
        return bool(last.undecided) and self._site.clock() - last.at >= LATER_S

    def look(self) -> Proved:
        """Look at the branch as it is; what was certain of this very commit is told as it was."""
        site, mirror = self._site, self._site.mirror
        bring(site.forge, mirror, site.checkout)
        head = mirror.sync(site.checkout)
        last = site.database.read(lambda tx: land.revert.trunk.last(tx, site.repository.id, self._branch))
        if last is not None and last.commit == head and last.said != "unknown" and not last.undecided:
            return Proved(last)
        proof = trunk.prove(site, mirror.tree_of(head), tiers=self._tiers)
        self._by = proof.by
        line = self._line(head, last)
        calls, found, open_ = self._told(line, frozenset(proof.failing) - proof.flipped, last)
        calls |= dict.fromkeys(proof.flipped, Call.FLAKY)
        fresh = frozenset(name for name, call in calls.items() if call in trunk.NAMED)
        failing = {name: why for name, why in proof.failing.items() if calls.get(name) not in UNSURE}
        unsure = (f"{name} {UNSURE[call]}" for name, call in calls.items() if call in UNSURE)
        unknown = (*sorted(unsure), *proof.unknown)
        said = "red" if failing else "unknown" if unknown else "green"
        seen = Look(
            self._branch, head, said, failing, unknown, since=line[0], undecided=tuple(sorted(open_))
        )
        told = tuple(self._dealt_with(one, names, seen) for one, names in found.items())
        kept = site.database.write(
            lambda tx: land.revert.trunk.keep(
                tx, site.repository.id, seen, culprits=tuple(found), seconds=proof.seconds
            )
        )
        return Proved(kept, tuple(sorted(fresh)), told, proof.seconds)

    @property
    def _branch(self) -> str:
        return self._site.repository.main

    def _landings(self) -> Sequence[Landing]:
        return self._site.database.read(lambda tx: land.landings(tx, self._site.repository.id))

    def _told(
        self, line: Sequence[str], failing: frozenset[str], last: Look | None
    ) -> tuple[dict[str, Call], dict[str, frozenset[str]], set[str]]:
        """Of what fails at the end of a line what is certain; the commits since which it does, newest first;
        and what is still open. What has no call is older than the line.
        """
        old = self._old(line, failing, last)
        calls: dict[str, Call] = {}
        found: dict[str, frozenset[str]] = {}
        undecided: set[str] = set()
        for part, names in ((line, failing - old), *self._mended(line, old)):
            told = self._calls(line[-1], part[0], names)
            fresh = {name: call for name, call in told.items() if call in trunk.NAMED}
            commits, left = self._since(part, fresh)
            calls |= told
            found |= {one: found.get(one, frozenset()) | since for one, since in commits.items()}
            undecided |= left | {name for name, call in told.items() if call is Call.OPEN}
        return calls, dict(sorted(found.items(), key=lambda one: -line.index(one[0]))), undecided

    def _mended(
        self, line: Sequence[str], old: frozenset[str]
    ) -> Iterator[tuple[Sequence[str], frozenset[str]]]:
        """What was broken before, was mended by the newest revert on the line, and fails again since."""
        def reverts(tx: Transaction) -> set[str | None]:
            landed = [one for one in land.landings(tx, self._site.repository.id) if one.commit in line[1:-1]]
            return {one.commit for one in landed if dispatch.task(tx, one.task_id).spec.reverts}

        mends = self._site.database.read(reverts) if old else set()
        newest = max((place for place, commit in enumerate(line) if commit in mends), default=None)
        told = None if newest is None else self._failing(line[newest], old)
        if newest is not None and told is not None and old - told:
            yield line[newest:], old - told

    def _old(self, line: Sequence[str], failing: frozenset[str], last: Look | None) -> frozenset[str]:
        """What of it failed where the line begins already; all of it where that cannot be told."""
        if len(line) < 2 or not failing:
            return failing
        if last is not None and last.commit == line[0] and not last.undecided:
            return failing & frozenset(last.failing)
        told = self._failing(line[0], failing)
        return failing if told is None else told

    def _since(
        self, line: Sequence[str], fresh: Mapping[str, Call]
    ) -> tuple[dict[str, frozenset[str]], set[str]]:
        """The commits since which it fails, newest first, each with what certainly fails there and not on
        the commit before; and of what that was not certain in time.
        """
        among = frozenset(name for name, call in fresh.items() if call is Call.AMONG)
        found = land.revert.culprits(line, frozenset(fresh), partial(self._failing, among=among))
        sure: dict[str, frozenset[str]] = {}
        undecided: set[str] = set(fresh).difference(*found.values())
        for before, commit in reversed(list(pairwise(line))):
            calls = self._calls(commit, before, found.get(commit, frozenset()))
            undecided |= {name for name, call in calls.items() if call is Call.OPEN}
            if names := frozenset(name for name, call in calls.items() if call in trunk.NAMED):
                sure[commit] = names
        return sure, undecided

    def _failing(
        self, commit: str, names: frozenset[str], *, among: frozenset[str] = frozenset()
    ) -> frozenset[str] | None:
        tree = self._site.mirror.tree_of(commit)
        return trunk.failing(self._site, tree, names, tiers=self._tiers, among=among, by=self._by)

    def _calls(self, commit: str, before: str, names: frozenset[str]) -> dict[str, Call]:
        if not names:
            return {}
        tree, base = self._site.mirror.trees_of(commit, before)
        return trunk.confirmed(self._site, tree, base, names, tiers=self._tiers, by=self._by)

    def _line(self, head: str, last: Look | None) -> list[str]:
        """The commits of the branch, oldest first, from the one looked at last, or where that look began if
        it left something open; without one, from what was there before windlass landed anything.
        """
        line = self._site.mirror.first_parents(head, LINE_MAX)
        if last is not None:
            again = last.since and (last.undecided or last.commit == head)
            start = last.since if again and last.since in line else last.commit
            if start in line:
                return line[: line.index(start) + 1][::-1]
        ours = {one.commit for one in self._landings() if one.state is LandingState.LANDED}
        oldest = max((place for place, commit in enumerate(line) if commit in ours), default=-1)
        return line[: oldest + 2][::-1]

    def _dealt_with(self, commit: str, names: frozenset[str], seen: Look) -> Culprit:
        """Take a commit back, ask a person, or say why not."""
        site, listed = self._site, tuple(sorted(names))
        try:
            landing = site.database.read(partial(_landing_of, site.repository.id, commit))
        except NotFound:
            return Culprit(commit, listed, why_not="windlass did not land it")
        why = land.revert.Why(
            f"it broke {self._branch}: {', '.join(listed[:LISTED_MAX])}",
            evidence=(
                f"{self._branch} at {seen.commit} is red, {commit} is the first where this fails",
                *(f"{name}: {seen.failing.get(name) or 'fails'}" for name in listed[:LISTED_MAX]),
            ),
        )
        if self._mode is Reverts.OFF:
            return Culprit(commit, listed, landing.id, why_not="[land] revert is off")
        if self._mode is Reverts.ASK or not self._may(landing):
            site.database.write(lambda tx: land.revert.ask(tx, landing, why, tx.now()))
            return Culprit(commit, listed, landing.id, why_not="a person is asked")
        try:
            return Culprit(commit, listed, landing.id, land.revert.take_back(site, landing, why))
        except (Conflict, Invalid) as error:
            return Culprit(commit, listed, landing.id, why_not=str(error))

    def _may(self, culprit: Landing) -> bool:
        """Whether nobody need be asked: windlass may move the branch, now, and it was no revert."""
        task, paused = self._site.database.read(
            lambda tx: (dispatch.task(tx, culprit.task_id), policy.pauses.held(tx, culprit.repository_id))
        )
        return (
            not paused
            and self._site.land
            and self._site.launcher.level is not Level.NONE
            and not task.spec.reverts
        )


class Prover(Background):
    """Does it in the background, at low priority, whenever the branch has moved and nothing is about to."""

    def __init__(
        self, plant: Plant, site: Site, *, may: Callable[[], bool], on_trouble: Callable[[Trouble], None]
    ) -> None:
        settings = plant.config.land
        self._plant, self._may = plant, may
        self._proving = Proving(site, settings.revert, settings.prove_tier)
        super().__init__(
            "the look at main", self._look, name=f"prove-{site.repository.id}", pause_s=LOOK_S, nice=NICE,
            on_trouble=on_trouble,
        )  # fmt: skip

    def start(self) -> None:
        if self._plant.config.land.prove_tier and not self._plant.watches:
            super().start()

    def _look(self) -> float:
        with suppress(Unavailable):
            if self._may() and self._proving.due():
                self._proving.look()
        return LOOK_S


def _landing_of(repository: int, commit: str, tx: Transaction) -> Landing:
    return land.provenance.landing_of(tx, repository, commit)
