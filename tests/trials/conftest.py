"""A real site with three agents of known skill, and a trial of one task between them."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from tests.dispatch.conftest import Place, desk, launcher, lite_place, make_place, place

from windlass import dispatch, trials
from windlass.dispatch import RunnerSpec, Site, Spec, Submission
from windlass.store import Database
from windlass.trials import Pattern, Plan, Trial, Variant
from windlass.verify import Judgement, Outcome, evaluation

__all__ = ["desk", "launcher", "lite_place", "make_place", "place"]

AXIS = evaluation.Axis


def agent(script: str) -> RunnerSpec:
    return RunnerSpec("command", {"command": ["sh", "-c", script], "sources": ["nothing"]})


RUNNERS = {
    "good": agent("echo 'GOOD = 1' >> src/a.py"),
    "poor": agent("echo 'POOR = 1' >> src/a.py"),
    "idle": agent("true"),
    "other": agent("echo 'OTHER = 1' >> src/b.py"),
}
WORTH = {"GOOD": 0.9, "POOR": 0.2, "OTHER": 0.5}
"""What a test says was measured of whoever left this word."""


@dataclass
class Arena:
    """A site, and every step of a trial as a test takes it."""

    place: Place
    site: Site

    def open(self, *variants: Variant, pattern: Pattern = Pattern.COMPETITION, **more: object) -> Trial:
        plan = Plan(pattern, variants, **more)  # type: ignore[arg-type]  # whatever the test is about

        def work(tx: object) -> Trial:
            number = dispatch.add_task(
                tx, repository_id=1, item_id=None, lane=dispatch.lane_id(tx, 1, "good"), kind="fix",
                title="Say it", spec=Spec("good", ("src/a.py", "src/b.py"), instructions="say it"),
                wsjf=2.0, base=self.place.base, now=tx.now(),
            )  # fmt: skip
            dispatch.tries.put_aside(tx, number, "ann", tx.now())
            return trials.open_trial(tx, self.site, dispatch.task(tx, number), plan, by="ann")

        return self.site.database.write(work)

    def work(self) -> None:
        """Let workers do all that is ready, and the gate pass what they hand in."""
        while (worked := dispatch.work_once(self.site, "w1")) is not None:
            task = self.task(worked.task_id)
            if task.status is dispatch.TaskStatus.REVIEW_NEEDED:
                self.verify(worked.task_id, worked.fence)

    def verify(self, task: int, fence: int, *, reasons: tuple[str, ...] = ()) -> None:
        offered = self.site.database.read(lambda tx: dispatch.submission(tx, task, fence))
        git_dir = str(self.site.mirror.git_dir)
        files = (f"{offered.commit}:src/a.py", f"{offered.commit}:src/b.py")
        text = self.place.git("--git-dir", git_dir, "show", *files)
        worth = max((score for word, score in WORTH.items() if word in text), default=0.0)
        worth += 0.02 * text.count("GOOD")
        figure = evaluation.Figure(AXIS.VALUE, "worth", worth, worth)
        measured = evaluation.Evaluation(offered.tree, "b", 1.0, offered.lines, (figure,))
        outcome = Outcome.FAILED if reasons else Outcome.PASSED
        judged = Judgement(offered.tree, "b", outcome, reasons, (), (), (), 1.0, (0,), ())

        def conclude(tx: object) -> None:
            trials.keep(tx, offered, judged, None if reasons else measured, tx.now())
            if reasons:
                dispatch.verdicts.reject(tx, task, fence, reasons[0], tx.now())
            else:
                dispatch.chain.verified(tx, offered, tx.now())

        self.site.database.write(conclude)

    def tick(self) -> tuple[int, ...]:
        return trials.tick(self.site, evaluation.Weights(), self.site.clock())

    def run(self, trial: Trial) -> Trial:
        """Work and tick until the trial rests."""
        for _ in range(10):
            self.work()
            self.tick()
            if (now := self.trial(trial.task)).state is not trials.TrialState.RUNNING:
                return now
        raise AssertionError("the trial does not end")

    def trial(self, number: int) -> Trial:
        return self.site.database.read(lambda tx: trials.records.trial(tx, number))

    def task(self, number: int) -> dispatch.Task:
        return self.site.database.read(lambda tx: dispatch.task(tx, number))

    def entries(self, trial: Trial) -> dict[str, dispatch.Task]:
        found = self.site.database.read(lambda tx: trials.records.entries(tx, trial.task))
        return {one.name: self.task(one.task) for one in found}

    def offered(self, trial: Trial) -> Submission:
        """What the trial's own task offers now."""
        task = self.task(trial.task)
        return self.site.database.read(lambda tx: dispatch.submission(tx, task.id, task.fence))

    def show(self, trial: Trial, path: str = "src/a.py") -> str:
        git_dir = str(self.site.mirror.git_dir)
        return self.place.git("--git-dir", git_dir, "show", f"{self.offered(trial).commit}:{path}")


def variants(*names: str) -> tuple[Variant, ...]:
    return tuple(Variant(name, name) for name in names)


@pytest.fixture
def arena(make_place: Callable[..., Place], database: Database) -> Arena:
    made = make_place(database)
    return Arena(made, made.runners(**RUNNERS))


@pytest.fixture
def lite(make_place: Callable[..., Place], sqlite: Database) -> Arena:
    made = make_place(sqlite)
    return Arena(made, made.runners(**RUNNERS))
