"""How trials and evaluations are shown: as JSON, and as lines for a person."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from windlass import verify
from windlass.cli.render import table
from windlass.kernel import iso

evaluation = verify.evaluation


def evaluation_row(one: Any) -> dict[str, Any]:
    """An evaluation as JSON: every figure with its score, raw value, base, source and reason."""
    return {
        "tree": one.tree, "base_tree": one.base_tree, "at": iso(one.at), "lines": one.lines,
        "refused": one.refused, "axes": evaluation.axis_scores(one, [one]),
        "figures": [
            {
                "axis": each.axis.value, "name": each.name, "score": each.score, "value": each.value,
                "base": each.base, "unit": each.unit, "source": each.source, "unknown": each.why,
            }
            for each in one.figures
        ],
    }  # fmt: skip


def trial_row(shown: Any) -> dict[str, Any]:
    """A trial as JSON."""
    trial = shown.trial
    return {
        "task": trial.task, "title": shown.task.title, "pattern": trial.plan.pattern.value,
        "state": trial.state.value, "round": trial.round, "winner": trial.winner,
        "decided_by": trial.decided_by, "task_status": shown.task.status.value, "told": list(trial.told),
        "close": bool(trial.verdict.get("close")), "standings": list(trial.verdict.get("standings", ())),
        "created_at": iso(trial.created_at),
        "entries": [
            {
                "task": task.id, "name": entry.name, "round": entry.round, "runner": task.spec.runner,
                "status": task.status.value, "note": task.note, "kept": entry.kept,
                "evaluation": None if found is None else evaluation_row(found),
            }
            for entry, task, found in shown.entries
        ],
    }  # fmt: skip


def trial_lines(shown: Any) -> Iterator[str]:
    """A trial for a person: who stands where, every figure side by side, and the verdict in sentences."""
    trial = shown.trial
    yield f"Trial {trial.task}, {trial.plan.pattern.value}, {trial.state.value}: {shown.task.title}"
    standing = {one["task"]: one for one in trial.verdict.get("standings", ())}
    rows = [
        (
            task.id, entry.name, task.spec.runner, task.status.value, _total(standing.get(task.id)),
            "taken" if task.id == trial.winner else _out(standing.get(task.id), task.note),
        )
        for entry, task, _ in shown.entries
    ]  # fmt: skip
    yield from table(("TASK", "NAME", "RUNNER", "STATE", "SCORE", ""), rows)
    measured = {entry.name: found for entry, _, found in shown.entries if found and not found.refused}
    if measured:
        yield ""
        yield from figure_lines(measured)
    if trial.told:
        yield ""
        yield from trial.told


def figure_lines(measured: Mapping[str, Any]) -> list[str]:
    """Every figure of some evaluations side by side: raw value and score; `?` is unknown."""
    peers = list(measured.values())
    rows: list[Sequence[object]] = []
    for axis in evaluation.Axis:
        scores = [evaluation.axis_scores(one, peers)[axis.value] for one in peers]
        rows.append((axis.value, *map(_number, scores)))
        for name in dict.fromkeys(f.name for one in peers for f in one.figures if f.axis is axis):
            rows.append((f"  {name}", *(_figure(one.figure(name)) for one in peers)))
    return table(("", *measured), rows)


def _figure(one: Any) -> str:
    if one is None or one.score is None:
        return "?"
    return f"{_number(one.score)} ({one.value:.4g} {one.unit})".replace(" )", ")")


def _total(standing: Mapping[str, Any] | None) -> str:
    return "-" if standing is None or standing["out"] else f"{standing['total']:.2f}"


def _out(standing: Mapping[str, Any] | None, note: str) -> str:
    return standing["out"] if standing and standing["out"] else ("" if standing else note)


def _number(value: float | None) -> str:
    return "?" if value is None else f"{value:.2f}"
