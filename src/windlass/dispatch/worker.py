"""One attempt from claim to submission: private repository, runner, commit, pack, hand in.

The same for every employer, here or behind a network. Everything an agent wrote is handled inside the sandbox
until it has become a pack, which the employer checks. kill -9 at any line leaves a lease that expires, and
folders, objects and at most one pin that `recover` takes away.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from windlass.dispatch.bounds import Bounds
from windlass.dispatch.box import Ground, Kit, open_box, own_tools
from windlass.dispatch.employer import Employer, Job, Made, Refusal
from windlass.dispatch.keeper import Keeper
from windlass.dispatch.lease import TTL_S, LeaseLost
from windlass.dispatch.local import LocalEmployer
from windlass.dispatch.mark import VARIABLE, task_file
from windlass.dispatch.model import TASK, Outcome, TaskStatus
from windlass.dispatch.packs import BUDGET
from windlass.dispatch.runner import Ending, RunnerOutcome, RunnerSpec
from windlass.dispatch.site import Site
from windlass.dispatch.snapshots import of_task, save
from windlass.dispatch.staffing import open_runner
from windlass.dispatch.state import place
from windlass.dispatch.together import Admit
from windlass.kernel import Clock, Ran, Unavailable, WindlassError
from windlass.sandbox import Launcher, Level, Limits, Mount, Order, prepare_writable
from windlass.workspace import Attempt, Author

COMMIT_S: Final = 300.0
ENDS: Final = {Ending.CANNOT: Outcome.CANNOT, Ending.FAILED: Outcome.FAILED}


@dataclass(frozen=True, slots=True)
class Bench:
    """What a host brings to the work: a sandbox, a folder for attempts, its runners by name, and what else is
    in their boxes. `renews`: somebody makes spares of what attempts leave.
    """

    launcher: Launcher
    attempts: Path
    runners: Mapping[str, RunnerSpec]
    author: Author
    clock: Clock
    kit: Kit = Kit()  # noqa: RUF009, a frozen value
    renews: bool = False


@dataclass(frozen=True, slots=True)
class Worked:
    """What one attempt came to. `status` is the task's, None when the lease was lost and others decide."""

    task_id: int
    fence: int
    outcome: Outcome
    detail: str
    status: TaskStatus | None
    seconds: float


@dataclass(frozen=True, slots=True)
class _Shift:
    """One job on a bench, for one employer, while its lease is kept."""

    bench: Bench
    employer: Employer
    job: Job
    keeper: Keeper


_Result = tuple[Outcome, str, TaskStatus]


def work_once(
    site: Site, worker: str, *, ttl_s: float = TTL_S, admit: Admit | None = None, only: tuple[int, ...] = ()
) -> Worked | None:
    """`work` for the database of this host, on any task or `only` some; None also when `admit` says no."""
    renews = site.spares > 0 and site.launcher.level is Level.BWRAP  # nothing outlives its namespace
    bench = Bench(
        site.launcher, site.folders.attempts, site.runners, site.author, site.clock, site.kit, renews
    )
    return work(bench, LocalEmployer(site, ttl_s, admit=admit, only=only), worker, ttl_s=ttl_s)


def work(bench: Bench, employer: Employer, worker: str, *, ttl_s: float = TTL_S) -> Worked | None:
    """Claim the best ready task that one of the bench's runners can do and work it; None when there is none.

    Raises Unavailable when this host cannot work at all (full disk, no sandbox); the task is handed back
    first.
    """
    job = employer.take(worker)
    if job is None:
        return None
    lease, began = job.lease, bench.clock()
    control = task_file(bench.attempts, f"{lease.task_id}.{lease.fence}").parent
    try:
        control.mkdir(parents=True)
        with Keeper(employer, lease, control, ttl_s=ttl_s) as keeper:
            outcome, detail, status = _attempt(_Shift(bench, employer, job, keeper))
        if TASK.final(status):
            Attempt.discard(place(bench.attempts, job))
    except LeaseLost as lost:
        return Worked(lease.task_id, lease.fence, Outcome.LOST, str(lost), None, bench.clock() - began)
    except (OSError, Unavailable) as error:
        _hand_back(employer, job, str(error))
        raise _unavailable(error) from error
    finally:
        shutil.rmtree(control, ignore_errors=True)
    return Worked(lease.task_id, lease.fence, outcome, detail, status, bench.clock() - began)


def _hand_back(employer: Employer, job: Job, reason: str) -> None:
    try:
        employer.release(job, reason)
    except (LeaseLost, Unavailable):
        return  # it is not ours any more, or it will expire


def _unavailable(error: Exception) -> Unavailable:
    if isinstance(error, Unavailable):
        return error
    return Unavailable(f"this node cannot work: {error}", hint="look at its disk and permissions")


def _attempt(shift: _Shift) -> _Result:
    """Let the runner work and hand in what it left; every refusal is a value."""
    mirror, base = shift.employer.workspace(shift.job)
    attempt = Attempt.create(
        mirror, shift.bench.attempts, base, shift.job.lease.branch, give=prepare_writable
    )
    try:
        steady = shift.bench.kit.steady
        bounds = Bounds(attempt.home, shift.job.allowance.time_s, steady, weight=attempt.weight)
        shift.keeper.watch(bounds)
        said = _run(shift, attempt)
        if said.kind in ENDS:
            return _unfinished(shift, attempt, ENDS[said.kind], said.detail)
        return _gather(shift, attempt, said)
    except (OSError, Unavailable, LeaseLost) as error:
        _save(shift, attempt, str(error))
        raise
    except WindlassError as error:
        return _unfinished(shift, attempt, Outcome.FAILED, str(error))
    finally:
        if shift.bench.renews and attempt.home.is_dir():
            attempt.leave()
        else:
            attempt.remove()


def _unfinished(shift: _Shift, attempt: Attempt, outcome: Outcome, detail: str) -> _Result:
    """End an attempt whose files nobody takes; they are saved before, and the task is told where."""
    saved = _save(shift, attempt, f"{outcome.value}: {detail}")
    return _end(shift, outcome, "; ".join(filter(None, (detail, saved))))


def _save(shift: _Shift, attempt: Attempt, why: str) -> str:
    bench = shift.bench
    return save(bench.launcher, attempt, bench.author, at=bench.clock(), why=why)


def _end(shift: _Shift, outcome: Outcome, detail: str) -> _Result:
    shift.keeper.check()
    return outcome, detail, shift.employer.end(shift.job, outcome, detail)


def _run(shift: _Shift, attempt: Attempt) -> RunnerOutcome:
    bench, keeper = shift.bench, shift.keeper
    last = [*of_task(attempt.mirror, shift.job.lease.task_id).values()][-1:]
    spec = bench.runners[shift.job.runner]
    assignment = replace(
        shift.job.assignment, base=attempt.base, snapshot="".join(last), prompt=spec.prompt, model=spec.model
    )
    told = task_file(bench.attempts, keeper.control.name)
    told.write_text(assignment.dump())
    tools_mounts, tools_folder = own_tools()
    mounts = (*_mounts(attempt), Mount(keeper.control, str(keeper.control)), *tools_mounts)
    env = {
        "PATH": f"/usr/local/bin:/usr/bin:/bin:{tools_folder}", VARIABLE: str(told),
        "WINDLASS_BRANCH": assignment.branch, "RUFF_NO_CACHE": "true",
    }  # fmt: skip
    ground = Ground(bench.launcher, mounts, str(attempt.path), env, bench.attempts, spec.limits)
    try:
        with open_box(bench.kit, shift.job, ground, keeper, bench.clock) as tools:
            said = open_runner(bench.runners, shift.job.runner, tools).work(assignment)
    finally:
        keeper.check()  # whatever else went wrong, it did because the lease was lost
    return said


def _gather(shift: _Shift, attempt: Attempt, said: RunnerOutcome) -> _Result:
    """Commit and pack inside a fresh sandbox, then hand the pack in."""
    pack = attempt.home / "submission.pack"
    ran = _commit(shift, attempt, pack)
    if ran.truncated:
        problem = f"the result is too large: its pack has more than {BUDGET.pack_max} bytes"
        return _unfinished(shift, attempt, Outcome.REFUSED, problem)
    if ran.exit_code != 0:
        problem = f"the result could not be committed: {_tail(ran)}"
        return _unfinished(shift, attempt, Outcome.FAILED, problem)
    head = attempt.read_head()
    if head == attempt.base:
        return _end(shift, Outcome.NOTHING, said.detail or "the runner changed nothing")
    answer = shift.employer.hand_in(shift.job, Made(attempt.base, head, pack, said.detail))
    if isinstance(answer, Refusal):
        return _unfinished(shift, attempt, Outcome.REFUSED, answer.detail)
    return Outcome.SUBMITTED, said.detail, answer


def _commit(shift: _Shift, attempt: Attempt, pack: Path) -> Ran:
    """Make the commit inside, and its pack as the new file `pack`."""
    argv = attempt.hand_in_script(shift.job.assignment.title, shift.bench.author, shift.bench.clock())
    limits = Limits(wall_s=COMMIT_S, output_max=BUDGET.pack_max + 1)
    return _inside(shift, Order(argv, str(attempt.out), _mounts(attempt), limits=limits, stdout_to=pack))


def _inside(shift: _Shift, order: Order) -> Ran:
    shift.keeper.check()
    ran = shift.bench.launcher.run(replace(order, stop=shift.keeper.lost)).ran
    shift.keeper.check()
    return ran


def _mounts(attempt: Attempt) -> tuple[Mount, ...]:
    return tuple(Mount(source, target, writable) for source, target, writable in attempt.mounts())


def _tail(ran: Ran) -> str:
    said = ran.stderr.decode("utf-8", "replace").strip()[-400:]
    return said or ("it ran out of time" if ran.exit_code is None else f"exit code {ran.exit_code}")
