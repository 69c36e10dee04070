"""The cost of a run is the sum of its calls, by task and agent."""

from windlass.events import Event, Subject
from windlass.learn.cost import costs
from windlass.learn.model import Cost

NONE: dict[str, int] = dict.fromkeys(
    ("requests", "input", "output", "micro_dollars", "unmeasured", "unpriced"), 0
)


def call(seq: int, task: int | None, agent: str, kind: str = "model.called", **took: int) -> Event:
    return Event(seq, float(seq), agent, kind, Subject(1, None, task, 1), {**NONE, **took})


def test_calls_are_summed_by_task_and_agent_and_the_unknown_is_counted() -> None:
    log = [
        call(1, 7, "coder", requests=1, input=10, output=5, micro_dollars=3),
        call(2, 7, "coder", requests=1, unmeasured=1, unpriced=1),
        call(3, 8, "other", requests=2, input=1),
        call(4, 7, "coder", kind="task.claimed", requests=99),
    ]
    assert costs(log, {}) == (
        Cost(7, None, "coder", 2, 15, 3, 1, 1, 2.0),
        Cost(8, None, "other", 2, 1, 0, 0, 0, 3.0),
    )
    assert costs([], {}) == ()
