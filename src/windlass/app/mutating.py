"""Mutation testing of one repository, as a person or a scheduler asks for it."""

from collections.abc import Callable
from dataclasses import dataclass

from windlass import ratchet, verify
from windlass.app.wiring import Plant, new_node_id, site_of
from windlass.store import Transaction

Found = verify.evaluation.mutation.Found
Asked = verify.evaluation.mutation.Asked


@dataclass(frozen=True, slots=True)
class Sampled:
    """What a sample of the main branch found, and what the ratchet says of it. `worse`: the whole interval
    is below the bound; without that a low value may be chance.
    """

    commit: str
    found: Found
    ratchet: ratchet.Finding
    worse: bool


class Mutating:
    """What the command calls."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._site = site_of(plant, _start_nothing, new_node_id())

    def change(self, what: str, against: str, asked: Asked) -> Found:
        """Mutants on the lines in which a commit differs from where it left another. Raises NotFound."""
        mirror = self._plant.mirror
        main = mirror.sync(self._plant.checkout)
        named = self._plant.commit_of
        commit, other = named(what), named(against) if against else main
        base = mirror.merge_base(other, commit) or other
        return verify.evaluation.mutation.of_change(
            self._site, mirror.tree_of(commit), mirror.tree_of(base), asked
        )

    def sample(
        self, share: float, asked: Asked, *, commit: str = "",
        told: Callable[[Transaction, Sampled], None] = lambda tx, sampled: None,
    ) -> Sampled:  # fmt: skip
        """A share of the main branch's mutants; what was found counts for the ratchet where it says enough,
        and no command of the owner measures that. `commit`: one of that branch, empty for where it is now;
        `told` is called where it is put on record.
        """
        commit = commit or self._plant.mirror.sync(self._plant.checkout)
        tree = self._plant.mirror.tree_of(commit)
        found = verify.evaluation.mutation.of_sample(self._site, tree, share, asked)
        judgement = verify.Judgement(
            tree, tree, verify.Outcome.PASSED, (), (), (), (), found.seconds, (), (found.reading,)
        )
        findings = {one.metric.name: one for one in ratchet.examine(self._site, judgement)}
        at, (_, high) = findings["mutation"], found.score.interval
        spare = None if at.bound is None else at.metric.gain(high, at.bound) + at.metric.tolerance
        sampled = Sampled(commit, found, at, at.holds is False and spare is not None and spare < 0)

        def keep(tx: Transaction) -> None:
            ratchet.measured(tx, self._site, judgement, commit, tx.now())
            ratchet.landed(tx, self._site, commit)
            told(tx, sampled)

        self._plant.database.write(keep)
        return sampled


def _start_nothing(tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
    """A site without an engine: nothing is started here."""
