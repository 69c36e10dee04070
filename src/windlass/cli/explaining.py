"""Why an item stands where it stands, in words."""

from collections.abc import Sequence

from windlass.backlog import Ranked, RankSettings
from windlass.dispatch import Task


def explained(
    one: Ranked, settings: RankSettings, task: Task | None = None, *, spent: str = "",
    shown: Sequence[object] = (),
) -> list[str]:  # fmt: skip
    """The arithmetic of the score, the band, the route with its reasons, and what it waits for.

    `task`: the newest one of this item. `spent`: the budgets that keep it from being begun, in words.
    `shown`: what its newest attempt showed, red and green.
    """
    item = one.item
    worth = item.value + item.criticality + item.risk_reduction
    parts = f"{item.value} value + {item.criticality} criticality + {item.risk_reduction} risk"
    lines = [
        f"{item.id}  {item.title}",
        f"  WSJF {one.wsjf:.2f}: ({parts}) / {item.size} size = {worth / item.size:.2f}{_factors(one)}",
        f"  band {one.band}; scored by {item.scored_by}; order {one.rank_score:.3f}",
    ]
    if one.wsjf < settings.threshold:
        lines.append(
            f"  below the threshold of {settings.threshold:g}: it waits until it ages or is rescored"
        )
    if item.route is not None:
        lines.append(f"  route {item.route}" + ("" if item.route_reasons else ": small and harmless"))
        lines += [f"    {reason}" for reason in item.route_reasons]
    lines.append(f"  state {item.state.value}" + (f": {item.reason}" if item.reason else ""))
    if task is not None:
        whose = f"agents that claim lane {task.spec.runner}" if task.role else f"runner {task.spec.runner}"
        lines.append(f"  task {task.id} is {task.status.value}, for {whose}")
        lines += [f"    by playbook {task.spec.playbook}"] if task.spec.playbook else []
        lines += [f"    done when this passes: {check}" for check in task.spec.acceptance]
        lines += [f"    {line}" for line in shown]
    if spent:
        lines.append(f"  nobody begins: {spent}")
    if one.decide:
        lines.append("  older than most work ever gets: decide to raise or decline it")
    return lines


def _factors(one: Ranked) -> str:
    boost = f", times {one.item.boost:g} boost" if one.item.boost != 1 else ""
    if one.wsjf <= one.base:
        return boost
    return f"{boost}, times {one.wsjf / one.base:.2f} for {one.age_days:.0f} days of age"
