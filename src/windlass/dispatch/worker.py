"""One attempt from claim to submission: private repository, runner, commit, import, pin, submit.

Everything an agent wrote is handled inside the sandbox until it has become a checked pack. kill -9 at any
line
leaves a lease that expires, and folders, objects and at most one pin that `recover` takes away.
"""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from windlass.dispatch import desk, records
from windlass.dispatch.allowed import outside
from windlass.dispatch.desk import Admit
from windlass.dispatch.keeper import Keeper
from windlass.dispatch.lease import TTL_S, LeaseLost
from windlass.dispatch.model import End, Lease, Outcome, Post, Submission, Task, TaskStatus
from windlass.dispatch.runner import RUNNERS, Assignment, Ending, Runner, RunnerOutcome
from windlass.dispatch.site import Site, own_tools
from windlass.kernel import Denied, Ran, Tools, Unavailable, WindlassError
from windlass.sandbox import Limits, Mount, Order, as_run, prepare_writable
from windlass.store import Transaction
from windlass.workspace import Attempt, ImportBudget, Refused, import_pack

CONTROL: Final = "control"
"""The folder, beside the attempts, of what the control plane tells a running attempt."""
COMMIT_S: Final = 300.0
LISTED_MAX: Final = 20
WORK_LIMITS: Final = Limits(wall_s=3600.0)
BUDGET: Final = ImportBudget()


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
class _Result:
    outcome: Outcome
    detail: str = ""
    submission: Submission | None = None


def work_once(site: Site, worker: str, *, ttl_s: float = TTL_S, admit: Admit | None = None) -> Worked | None:
    """Claim the best ready task that one of this site's runners can do and work it; None when there is none,
    or when `admit` says no to it.

    Raises Unavailable when this node cannot work at all (full disk, no sandbox); the task is handed back
    first.
    """
    post = Post(_lanes(site), site.node, ttl_s, site.launcher.level.value)
    found = desk.take(site.database, post, worker, admit=admit)
    if found is None:
        return None
    task, lease = found
    began = site.clock()
    control = site.folders.attempts / CONTROL / f"{lease.task_id}.{lease.fence}"
    try:
        control.mkdir(parents=True)
        with Keeper(site.database, lease, control, ttl_s=ttl_s) as keeper:
            result = _attempt(site, task, lease, keeper)
            keeper.check()
        status = _record(site, lease, result)
    except LeaseLost as lost:
        return Worked(task.id, lease.fence, Outcome.LOST, str(lost), None, site.clock() - began)
    except (OSError, Unavailable) as error:
        _hand_back(site, lease, str(error))
        raise _unavailable(error) from error
    finally:
        shutil.rmtree(control, ignore_errors=True)
    return Worked(task.id, lease.fence, result.outcome, result.detail, status, site.clock() - began)


def open_runner(site: Site, name: str, tools: Tools) -> Runner:
    spec = site.runners[name]
    return RUNNERS.open(spec.kind, spec.settings, tools)


def no_secret(name: str) -> str:
    raise Denied(f"secret {name!r} is not granted to runners")


def _lanes(site: Site) -> tuple[int, ...]:
    return tuple(site.database.read(lambda tx: records.lanes(tx, site.repository.id, tuple(site.runners))))


def _record(site: Site, lease: Lease, result: _Result) -> TaskStatus:
    made = result.submission
    if made is None:
        retry = result.outcome in (Outcome.FAILED, Outcome.REFUSED)
        return desk.end(site.database, End(lease, result.outcome, result.detail, retry))

    def work(tx: Transaction) -> TaskStatus:
        now = tx.now()
        records.submit(tx, records.hold(tx, lease, now), made, site.start, now)
        return TaskStatus.REVIEW_NEEDED

    return site.database.write(work)


def _hand_back(site: Site, lease: Lease, reason: str) -> None:
    def work(tx: Transaction) -> None:
        now = tx.now()
        records.release(tx, records.hold(tx, lease, now), reason, now)

    try:
        site.database.write(work)
    except (LeaseLost, Unavailable):
        return  # it is not ours any more, or it will expire


def _unavailable(error: Exception) -> Unavailable:
    if isinstance(error, Unavailable):
        return error
    return Unavailable(f"this node cannot work: {error}", hint="look at its disk and permissions")


def _attempt(site: Site, task: Task, lease: Lease, keeper: Keeper) -> _Result:
    """Let the runner work and make a pinned submission of what it left; every refusal is a value."""
    base = site.mirror.ref(site.main_ref) or task.base
    attempt = Attempt.create(site.mirror, site.folders.attempts, base, lease.branch)
    try:
        prepare_writable(attempt.path)
        prepare_writable(attempt.out)
        said = _run(site, task, lease, keeper, attempt)
        keeper.check()
        if said.kind is Ending.CANNOT:
            return _Result(Outcome.CANNOT, said.detail)
        if said.kind is Ending.FAILED:
            return _Result(Outcome.FAILED, said.detail)
        return _gather(site, task, lease, keeper, (attempt, said))
    except (OSError, Unavailable, LeaseLost):
        raise
    except WindlassError as error:
        keeper.check()
        return _Result(Outcome.FAILED, str(error))
    finally:
        attempt.remove()


def _run(site: Site, task: Task, lease: Lease, keeper: Keeper, attempt: Attempt) -> RunnerOutcome:
    assignment = _assignment(task, lease, attempt.base)
    control = keeper.control
    task_file = control / "task.json"
    task_file.write_text(assignment.dump())
    tools_mounts, tools_folder = own_tools()
    mounts = (*_mounts(attempt), Mount(control, str(control)), *tools_mounts)
    env = {
        "PATH": f"/usr/local/bin:/usr/bin:/bin:{tools_folder}", "WINDLASS_TASK": str(task_file),
        "WINDLASS_BRANCH": lease.branch, "RUFF_NO_CACHE": "true",
    }  # fmt: skip
    inner = as_run(site.launcher, mounts, str(attempt.path), env, WORK_LIMITS, stop=keeper.lost)

    def run(
        argv: Sequence[str], *, timeout_s: float, stdin: bytes = b"", env: dict[str, str] | None = None
    ) -> Ran:
        keeper.check()
        ran = inner(argv, timeout_s=timeout_s, stdin=stdin, env=env)
        keeper.check()
        return ran

    runner = open_runner(site, task.spec.runner, Tools(site.clock, run, no_secret))  # type: ignore[arg-type]
    return runner.work(assignment)


def _assignment(task: Task, lease: Lease, base: str) -> Assignment:
    spec = task.spec
    return Assignment(
        task=task.id, fence=lease.fence, attempt=task.attempt, title=task.title,
        instructions=spec.instructions, source=spec.source, category=spec.category, rules=spec.rules,
        paths=spec.paths, findings=spec.findings, feedback=task.note, base=base, branch=lease.branch,
    )  # fmt: skip


def _gather(
    site: Site, task: Task, lease: Lease, keeper: Keeper, made: tuple[Attempt, RunnerOutcome]
) -> _Result:
    """Commit and pack inside a fresh sandbox, then import, check the paths, pin."""
    attempt, said = made
    if problem := _commit(site, task, keeper, attempt):
        return _Result(Outcome.FAILED, problem)
    head = attempt.read_head()
    if head == attempt.base:
        return _Result(Outcome.NOTHING, said.detail or "the runner changed nothing")
    pack = attempt.home / "submission.pack"
    if problem := _pack(site, keeper, attempt, pack):
        return _Result(Outcome.REFUSED, problem)
    imported = import_pack(site.mirror, pack, attempt.base, head, BUDGET)
    if isinstance(imported, Refused):
        return _Result(Outcome.REFUSED, f"{imported.reason}: {imported.detail}")
    changes = site.mirror.changed(attempt.base, imported.commit, renames=False)
    paths = tuple(sorted({path for change in changes for path in (change.old_path, change.path)}))
    if strangers := outside(paths, task.spec.paths):
        more = f" and {len(strangers) - LISTED_MAX} more" if len(strangers) > LISTED_MAX else ""
        return _Result(
            Outcome.REFUSED,
            f"changed files outside its task: {', '.join(strangers[:LISTED_MAX])}{more};"
            f" only these may change: {', '.join(task.spec.paths[:LISTED_MAX])}",
        )
    keeper.check()
    site.mirror.set_ref(lease.pin, imported.commit, expected=None)
    submission = Submission(
        task_id=task.id, fence=lease.fence, commit=imported.commit, tree=imported.tree, base=attempt.base,
        files=paths, lines=imported.lines, sandbox=site.launcher.level.value, note=said.detail,
    )  # fmt: skip
    return _Result(Outcome.SUBMITTED, said.detail, submission)


def _commit(site: Site, task: Task, keeper: Keeper, attempt: Attempt) -> str:
    """Make the commit inside; what went wrong, or nothing."""
    argv = attempt.commit_script(task.title, site.author, site.clock())
    ran = _inside(site, keeper, attempt, Order(argv, str(attempt.out), _mounts(attempt)))
    return "" if ran.exit_code == 0 else f"the result could not be committed: {_tail(ran)}"


def _pack(site: Site, keeper: Keeper, attempt: Attempt, pack: Path) -> str:
    limits = Limits(wall_s=COMMIT_S, output_max=BUDGET.pack_max + 1)
    order = Order(attempt.pack_script(), str(attempt.out), _mounts(attempt), limits=limits, stdout_to=pack)
    ran = _inside(site, keeper, attempt, order)
    return "" if ran.exit_code == 0 and not ran.truncated else f"the result could not be packed: {_tail(ran)}"


def _inside(site: Site, keeper: Keeper, attempt: Attempt, order: Order) -> Ran:
    keeper.check()
    ran = site.launcher.run(
        replace(order, limits=replace(order.limits, wall_s=COMMIT_S), stop=keeper.lost)
    ).ran
    keeper.check()
    return ran


def _mounts(attempt: Attempt) -> tuple[Mount, ...]:
    return tuple(Mount(source, target, writable) for source, target, writable in attempt.mounts())


def _tail(ran: Ran) -> str:
    said = ran.stderr.decode("utf-8", "replace").strip()[-400:]
    return said or ("it ran out of time" if ran.exit_code is None else f"exit code {ran.exit_code}")
