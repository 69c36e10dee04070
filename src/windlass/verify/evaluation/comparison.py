"""Which of several changes is the best, and why, in sentences. Pure.

First comes how much of the work is done, then the weighted scores. A figure that is unknown for one and known
for another counts as nothing for the first; one that nobody measured counts for nobody. Whoever the gate
refused, or who solves nothing, wins against nobody.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from windlass.verify.evaluation.model import Axis, Evaluation, Weights

CLOSE: Final = 0.02
"""Totals that differ by less are told as close."""
TOLD: Final = 0.05
"""Differences on one axis that are worth a sentence."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One change among the others: `solved` and `total` 0 to 1, `axes` by name; None is unknown.

    `out`: why it cannot win.
    """

    name: str
    solved: float | None
    total: float
    axes: Mapping[str, float | None]
    out: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """`order`: the best first. `winner` None: nobody can win. `told`: why, in sentences."""

    order: tuple[Standing, ...]
    winner: str | None
    told: tuple[str, ...]
    close: bool = False


def compare(entries: Mapping[str, Evaluation], weights: Weights) -> Comparison:
    """Rank changes that were made from one base; among equals the smaller one, then the first named."""
    peers = [one for one in entries.values() if not one.refused]
    made = [_standing(name, one, peers, weights) for name, one in entries.items()]
    order = sorted(made, key=lambda one: _rank(one, entries[one.name]))
    able = [one for one in order if not one.out]
    if not able:
        nobody = tuple(f"Nobody wins: {one.name} {one.out}." for one in order)
        return Comparison(tuple(order), None, nobody or ("Nobody wins: nobody submitted anything.",))
    best, rivals = able[0], able[1:]
    close = bool(rivals) and _solved(rivals[0]) == _solved(best) and best.total - rivals[0].total < CLOSE
    told = (
        *_against(best, rivals, entries, close=close),
        *(f"{one.name.capitalize()} is out: it {one.out}." for one in order if one.out),
        *_blind(entries[best.name], best.name),
    )
    return Comparison(tuple(order), best.name, told, close)


def axis_scores(one: Evaluation, peers: Sequence[Evaluation]) -> dict[str, float | None]:
    """The mean of each axis' figures; those that nobody among `peers` knows are left out, None if all are."""
    return {axis.value: _axis(axis, one, peers) for axis in Axis}


def _axis(axis: Axis, one: Evaluation, peers: Sequence[Evaluation]) -> float | None:
    names = dict.fromkeys(
        figure.name for each in peers for figure in each.figures
        if figure.axis is axis and figure.score is not None
    )  # fmt: skip
    if not names:
        return None
    known = [(one.figure(name), name) for name in names]
    return fmean(figure.score if figure and figure.score is not None else 0.0 for figure, _ in known)


def _standing(name: str, one: Evaluation, peers: Sequence[Evaluation], weights: Weights) -> Standing:
    if one.refused:
        return Standing(name, None, 0.0, {}, f"was refused by the gate: {one.refused}")
    axes = axis_scores(one, peers)
    counted = {axis: weights.of(axis) for axis in Axis if axes[axis.value] is not None}
    of = sum(counted.values())
    total = sum(weight * (axes[axis.value] or 0.0) for axis, weight in counted.items()) / of if of else 0.0
    solved = _solution(one, peers)
    return Standing(name, solved, total, axes, "solves none of it" if solved == 0 else "")


def _solution(one: Evaluation, peers: Sequence[Evaluation]) -> float | None:
    names = dict.fromkeys(f.name for each in peers for f in each.figures if f.solves)
    known = [figure.score for name in names if (figure := one.figure(name)) and figure.score is not None]
    if not names or not any(f.solves and f.score is not None for each in peers for f in each.figures):
        return None
    return sum(known) / len(names)


def _rank(one: Standing, evaluation: Evaluation) -> tuple[bool, float, float, int]:
    return bool(one.out), -_solved(one), -round(one.total, 4), evaluation.lines


def _solved(one: Standing) -> float:
    return round(one.solved or 0.0, 4)


def _against(
    best: Standing, rivals: Sequence[Standing], entries: Mapping[str, Evaluation], *, close: bool
) -> tuple[str, ...]:
    if not rivals:
        return (f"{best.name.capitalize()} wins with {best.total:.2f}; nobody else is left to compare with.",)
    second = rivals[0]
    told = [
        f"{best.name.capitalize()} wins with {best.total:.2f} against {second.total:.2f} of {second.name}."
    ]
    if _solved(best) > _solved(second):
        told.append(f"It does {best.solved or 0:.0%} of the work, {second.name} {second.solved or 0:.0%}.")
    for axis, score in best.axes.items():
        other = second.axes.get(axis)
        if score is not None and other is not None and abs(score - other) >= TOLD:
            word = "ahead" if score > other else "behind"
            facts = _facts(Axis(axis), entries[best.name], entries[second.name])
            told.append(f"On {axis} it is {word}, {score:.2f} to {other:.2f}: {facts}.")
    if close:
        told.append(f"It was close: less than {CLOSE} lies between the first two, so either would do.")
    return tuple(told)


def _facts(axis: Axis, best: Evaluation, second: Evaluation) -> str:
    """The figures in which two differ most, with their raw values."""
    pairs = [(one, second.figure(one.name)) for one in best.figures if one.axis is axis]
    apart = sorted(
        ((abs((a.score or 0.0) - ((b and b.score) or 0.0)), a.name, _said(a.value, a.unit), b)
         for a, b in pairs), key=lambda each: -each[0],
    )  # fmt: skip
    return ", ".join(
        f"{name} {said} to {_said(other.value, other.unit) if other else 'unknown'}"
        for gap, name, said, other in apart[:2] if gap
    )  # fmt: skip


def _said(value: float | None, unit: str) -> str:
    return "unknown" if value is None else f"{value:.4g} {unit}".strip()


def _blind(one: Evaluation, name: str) -> tuple[str, ...]:
    unknown = [f"{figure.name} ({figure.why})" for figure in one.figures if figure.score is None]
    return (f"Unknown of {name}: {', '.join(unknown)}.",) if unknown else ()
