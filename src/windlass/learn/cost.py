"""What models took in a run: for each task and agent, from the calls on record. Pure."""

from collections.abc import Iterable, Mapping

from windlass.dispatch import Task
from windlass.events import Event
from windlass.learn.model import Cost


def costs(log: Iterable[Event], tasks: Mapping[int, Task]) -> tuple[Cost, ...]:
    """Sums by task and agent, in the order of the first call."""
    made: dict[tuple[int | None, str], list[Event]] = {}
    for event in log:
        if event.kind == "model.called":
            made.setdefault((event.subject.task, event.actor), []).append(event)
    return tuple(
        Cost(
            task, None if task is None or task not in tasks else tasks[task].item_id, agent,
            _sum(calls, "requests"), _sum(calls, "input", "output"), _sum(calls, "micro_dollars"),
            _sum(calls, "unmeasured"), _sum(calls, "unpriced"), calls[-1].at,
        )
        for (task, agent), calls in made.items()
    )  # fmt: skip


def _sum(calls: Iterable[Event], *names: str) -> int:
    found = (call.data.get(name) for call in calls for name in names)
    return sum(value for value in found if isinstance(value, int))
