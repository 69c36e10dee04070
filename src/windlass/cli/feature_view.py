"""How a feature is shown: its plan, and what became of each part, for programs and for a person."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from windlass import dispatch, plan
from windlass.app import Ended
from windlass.cli.outcome import CONFLICT, ENDS, Result, result_of
from windlass.cli.render import table
from windlass.cli.standing import Turn
from windlass.meter import DurableLedger
from windlass.store import Transaction

WORDS: Final = {Turn.DONE: "done", Turn.NO: "refused", Turn.PERSON: "waits for you", Turn.GOING: "goes on"}


def plan_row(drawn: Any) -> dict[str, Any]:
    """A plan as JSON."""
    parts = drawn.feature.parts
    return {
        "title": drawn.feature.title, "strategy": drawn.pattern.value, "instances": drawn.instances,
        "form": drawn.feature.form.value, "ticked": drawn.feature.done,
        "parts": [
            {
                "title": part.title, "paths": list(part.paths), "after": [n + 1 for n in part.after],
                "behind": [n + 1 for n in part.behind], "wave": wave + 1,
            }
            for part, wave in zip(parts, plan.feature.waves(parts), strict=True)
        ],
        "agents": [order.lane for order in drawn.orders] if drawn.trial is None
        else [one.runner for one in drawn.trial.variants],
    }  # fmt: skip


def plan_lines(drawn: Any) -> Iterator[str]:
    """A plan for a person: the parts with what they may change and what they wait for."""
    row = plan_row(drawn)
    many, agents = len(row["parts"]), row["agents"]
    yield f"{row['title']}: {counted(many, 'part')} ({row['form']}), {row['strategy']}," + (
        f" {counted(row['instances'], 'instance')} at once"
    )
    if row["ticked"]:
        yield f"{counted(row['ticked'], 'box', 'boxes')} ticked already, left out."
    rows = [
        (number, one["title"], ", ".join(one["paths"]) or "any file", _waits(one),
         agents[number - 1] if drawn.trial is None else "")
        for number, one in enumerate(row["parts"], 1)
    ]  # fmt: skip
    yield from table(("PART", "TITLE", "MAY CHANGE", "WAITS", "AGENT"), rows)
    if drawn.trial is not None:
        yield f"Tried as a whole by {', '.join(agents)}."


def _waits(part: Mapping[str, Any]) -> str:
    waits = [("after", part["after"]), ("same files as", part["behind"])]
    return "; ".join(f"{word} {', '.join(map(str, them))}" for word, them in waits if them)


def report(tx: Transaction, tasks: Sequence[int]) -> list[tuple[Result, dict[str, Any]]]:
    """What became of each task, and what it took."""
    return [(result_of(tx, number), took(tx, number)) for number in tasks]


def took(tx: Transaction, number: int) -> dict[str, Any]:
    """Time under leases and spend of a task with all tries at it; None is unknown, and says why."""
    mine = [number, *(one.id for one in _tries(tx, number))]
    tries = [one for task in mine for one in dispatch.attempts(tx, task)]
    ended = [one.finished_at - one.started_at for one in tries if one.finished_at is not None]
    asked = [
        spend for task in mine
        for spend in DurableLedger.of_attempts(
            tx, task, [one.fence for one in tries if one.task_id == task]
        ).values()
    ]  # fmt: skip
    priced = asked and not any(one.unpriced for one in asked)
    return {
        "attempts": len(tries), "seconds": round(sum(ended), 3), "seconds_source": "attempts",
        "requests": sum(one.requests for one in asked) if asked else None,
        "tokens": sum(one.tokens for one in asked) if asked else None,
        "dollars": sum(one.micro_dollars for one in asked) / 1_000_000 if priced else None,
        "cost_source": "meter" if asked else "no call of a model went through the meter",
        "unpriced_calls": sum(one.unpriced for one in asked),
        "unmeasured_calls": sum(one.unmeasured for one in asked),
    }  # fmt: skip


def _tries(tx: Transaction, number: int) -> list[dispatch.Task]:
    repository = dispatch.task(tx, number).repository_id
    return [one for one in dispatch.tasks(tx, repository) if one.root == number]


def code_of(results: Sequence[Result], ended: Ended) -> int:
    """0: all is done; 1: something was refused; 4: a person is asked; else why it goes on."""
    turns = {one.turn for one in results}
    if Turn.GOING in turns and ended in ENDS:
        return ENDS[ended]
    if Turn.NO in turns:
        return 1
    if Turn.PERSON in turns:
        return 4
    return CONFLICT if Turn.GOING in turns else 0


def report_lines(found: Sequence[tuple[Result, Mapping[str, Any]]]) -> Iterator[str]:
    """What became of each part and what it took, then all of it."""
    rows = [
        (one.data["task"], one.data["title"], WORDS[one.turn], f"{used['seconds']:.1f} s", _cost(used),
         one.data["delivered"] or _why(one))
        for one, used in found
    ]  # fmt: skip
    yield from table(("TASK", "PART", "", "AT WORK", "COST", "WHERE, OR WHY NOT"), rows)
    turns = [one.turn for one, _ in found]
    counts = ", ".join(f"{turns.count(turn)} {word}" for turn, word in WORDS.items() if turn in turns)
    seconds = sum(used["seconds"] for _, used in found)
    yield f"{counted(len(found), 'task')}: {counts}; {seconds:.1f} s under leases."


def _why(one: Result) -> str:
    refused = one.data["refused"]
    state = str(one.data["state"])
    return refused[-1] if one.turn is Turn.NO and refused else state


def _cost(used: Mapping[str, Any]) -> str:
    if used["requests"] is None:
        return "unknown"
    dollars = f"${used['dollars']:.4f}" if used["dollars"] is not None else "unpriced"
    return f"{dollars}, {used['tokens']} tokens"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 part`, `2 parts`."""
    return f"{number} {one if number == 1 else many or one + 's'}"
