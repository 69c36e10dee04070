"""The ratchet of one repository, as a person asks for it: where it stands, what a tree would do to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from windlass import ratchet, verify
from windlass.app.config_ratchet import LEGACY, RULES
from windlass.app.mutating import Mutating
from windlass.app.wiring import Plant, new_node_id, site_of
from windlass.store import Transaction


@dataclass(frozen=True, slots=True)
class Course:
    """One metric: where it stands, where it is going, and where its level has shifted, oldest first."""

    standing: ratchet.Standing
    trend: ratchet.trend.Trend | None
    forecast: ratchet.trend.Forecast | None
    to_target: tuple[float, float | None] | None
    shifts: tuple[ratchet.trend.Shift, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What the ratchet says of a commit, and what the gate says of it besides."""

    commit: str
    base: str
    findings: tuple[ratchet.Finding, ...]
    judgement: verify.Judgement


class Ratcheting:
    """What the commands about the ratchet call."""

    def __init__(self, plant: Plant) -> None:
        self._plant = plant
        self._site = site_of(plant, start_nothing, new_node_id())
        self._metrics = ratchet.parse_metrics(self._site.ratchet)

    def courses(self, days: float) -> list[Course]:
        """Every metric, with its forecast for so many days ahead."""
        return self._plant.database.read(lambda tx: [self._course(tx, one, days) for one in self._metrics])

    def course(self, name: str, days: float) -> Course:
        """One metric; raises NotFound."""
        metric = ratchet.find(self._metrics, name)
        return self._plant.database.read(lambda tx: self._course(tx, metric, days))

    def _course(self, tx: Transaction, metric: ratchet.Metric, days: float) -> Course:
        (standing,) = ratchet.standings(tx, self._plant.repository.id, [metric])
        trend, seen = ratchet.trend, standing.measured
        return Course(
            standing, trend.trend(metric, seen), trend.forecast(metric, seen, days),
            trend.days_to_target(metric, seen), tuple(trend.shifts(seen)),
        )  # fmt: skip

    def check(self, what: str) -> Checked:
        """Measure a branch or a commit in the sandbox and hold it against the bounds; nothing is kept but
        the evidence. What is on the main branch already answers for itself.
        """
        mirror, main = self._plant.mirror, self._plant.mirror.sync(self._plant.checkout)
        commit = self._plant.commit_of(what) if what else main
        base = mirror.merge_base(main, commit) or main
        judgement = verify.judge_tree(self._site, mirror.tree_of(commit), mirror.tree_of(base), ())
        if commit == base:
            judgement = replace(judgement, base_readings=())
        return Checked(commit, base, tuple(ratchet.examine(self._site, judgement)), judgement)

    def enforce(self) -> Checked:
        """Measure the main branch as it is, and let what was measured count, as a landing's does."""
        found = self.check("")

        def keep(tx: Transaction) -> None:
            ratchet.measured(tx, self._site, found.judgement, found.commit, tx.now())
            ratchet.landed(tx, self._site, found.commit)

        self._plant.database.write(keep)
        return found

    def recall(self, mutants: int, seed: int) -> verify.evaluation.Recall:
        """How many of so many faults, put into the main branch one at a time, the chosen tests find."""
        tree = self._plant.mirror.tree_of(self._plant.mirror.sync(self._plant.checkout))
        return verify.evaluation.recall(self._site, tree, mutants=mutants, seed=seed)

    def recalled(self, commit: str, mutants: int, seed: int) -> verify.evaluation.Recall:
        """The same of a commit that the mirror has; what was measured of it before is told again."""
        tree = self._plant.mirror.tree_of(commit)
        return verify.evaluation.recall(self._site, tree, mutants=mutants, seed=seed, anew=False)

    def mutating(self) -> Mutating:
        """Mutation testing of the same repository."""
        return Mutating(self._plant)

    def set_bound(self, name: str, value: float, *, reason: str, by: str) -> str:
        """A person moves a bound; what the metric's value is called."""

        def work(tx: Transaction) -> str:
            return ratchet.set_bound(tx, self._site, name, value, reason=reason, by=by)(value)

        return self._plant.database.write(work)


def founding(courses: Sequence[Course]) -> dict[str, Any]:
    """The bounds as the founding documents' `quality_ratchet.json` has them, as far as there are any."""
    at = {one.standing.metric.name: one.standing for one in courses}
    coverage = at[LEGACY["coverage_percent_min"]].metric
    bounds = {name: at[metric].bound for name, metric in LEGACY.items()}
    return {
        "global_targets": {name: bound for name, bound in bounds.items() if bound is not None},
        "ratchet_settings": {name: getattr(coverage, key) for name, key in RULES.items()},
    }


def start_nothing(tx: Transaction, name: str, key: str, **inputs: str | int) -> None:
    """A site without an engine: nothing is started here."""
