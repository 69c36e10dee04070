"""Which landings are to have a pull request, and which have one that has no purpose any more."""

from collections.abc import Mapping
from typing import Final

from windlass import backlog, dispatch, land, policy, verify
from windlass.backlog import ItemState
from windlass.dispatch import Site, Task
from windlass.land import Landing, LandingState, Mode
from windlass.pulls import records
from windlass.pulls.model import Asked, Due, Over, Shown, Situation
from windlass.store import Transaction
from windlass.workspace import protected

AGE_MAX_S: Final = 30 * 86_400.0
"""What was proposed longer ago, before there was a host to tell, is not brought up again."""
RETRY_S: Final = 3_600.0
"""How long after a refusal the host is asked again."""
KIND: Final = "pull"
"""The kind of a task that is the pull request of a person."""
RUNS_THERE: Final = (".github/",)
"""What lies here the host runs as soon as it is pushed, with its own secrets."""


def look(tx: Transaction, site: Site) -> Situation:
    """What one round is about, as the rows say."""
    number, now = site.repository.id, tx.now()
    known = records.shown(tx, number)
    due: list[Due] = []
    over: list[Over] = []
    watched: list[tuple[Landing, Shown, int | None]] = []
    for one in land.landings(tx, number):
        shown = known.get(one.id, Shown())
        if shown.closed or one.state.moving or now < shown.refused_at + RETRY_S:
            continue
        first = dispatch.chain.standing(tx, one.task_id)[0]
        if first.kind == KIND:
            continue  # it is a pull request
        if not shown.number:
            young = now < one.updated_at + AGE_MAX_S
            if young and (found := _due(tx, site, one, first)) is not None:
                due.append(found)
        elif (why := _over(tx, one, first)) is not None:
            over.append(Over(one, shown, why))
        elif one.state is LandingState.PROPOSED:
            watched.append((one, shown, first.item_id))
    return Situation(tuple(due), tuple(over), tuple(watched))


def _due(tx: Transaction, site: Site, one: Landing, first: Task) -> Due | None:
    if one.state is LandingState.PROPOSED:
        if _over(tx, one, first) is not None:
            return None
        work = dispatch.submission(tx, one.task_id, one.fence)
        cycle = verify.cycle.shown(tx, first.id, first.fence)
        proven = [str(run) for run in cycle.shown if run.red_and_green] if cycle is not None else []
        return Due(one, first, work, None, tuple(proven))
    if one.state is not LandingState.BLOCKED or one.mode is not Mode.LAND or one.decision is None:
        return None
    asked = policy.decision(tx, one.decision)
    work = dispatch.submission(tx, one.task_id, one.fence)
    if asked.answer is not None or any(_held_back(path, site.scope) for path in work.files):
        return None
    return Due(one, first, work, Asked(asked.id, asked.options, _limits(asked.context)))


def _held_back(path: str, scope: policy.Scope) -> bool:
    """Whether a person has to allow the change before it leaves this machine."""
    return bool(policy.sensitive_paths.restricted(path, (*RUNS_THERE, *scope.restricted)) or protected(path))


def _over(tx: Transaction, one: Landing, first: Task) -> str | None:
    if one.state is LandingState.LANDED:
        return f"It landed on `{one.branch}` as {one.commit}."
    if one.state is LandingState.EJECTED:
        return f"It will not land: {one.reason}"
    if one.state is LandingState.PROPOSED and first.item_id is not None:
        item = backlog.item(tx, first.item_id)
        if item.state is not ItemState.PROPOSED:
            return f"Its item is {item.state.value}: {item.reason or 'nothing was said'}"
    return None


def _limits(context: Mapping[str, object]) -> tuple[str, ...]:
    found = context.get("limits", context.get("refusal"))
    return tuple(map(str, found)) if isinstance(found, list) else (str(found),) if found else ()
