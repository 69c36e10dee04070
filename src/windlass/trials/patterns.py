"""How each pattern goes on once everybody of a round has come to rest. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from windlass import verify
from windlass.trials.model import Pattern, Plan, Variant

evaluation = verify.evaluation
MARGIN: Final = 0.005
"""A round of a tree goes on only from what is better by this much."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An entry at rest. `commit` None: it offers nothing, and `why` says why."""

    task: int
    name: str
    round: int
    commit: str | None
    evaluation: evaluation.Evaluation | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Again:
    """One more round: these, from this commit (None: the trial's own base)."""

    variants: tuple[Variant, ...]
    base: str | None
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Take:
    """Take these entries' commits, one or all together. No entries: nothing can be taken."""

    tasks: tuple[int, ...]
    told: tuple[str, ...]
    comparison: evaluation.Comparison | None = None


def step(plan: Plan, number: int, tried: Sequence[Tried], weights: evaluation.Weights) -> Again | Take:
    """What follows after round `number` (from 1); `tried` are the entries of all rounds, oldest first."""
    if plan.pattern is Pattern.ROLE:
        return _next_role(plan, number, tried)
    if plan.pattern is Pattern.PARALLEL:
        return _together(tried, weights)
    if plan.pattern is Pattern.TREE:
        return _grow(plan, number, tried, weights)
    return _best(tried, weights, pattern=plan.pattern)


def _compared(tried: Sequence[Tried], weights: evaluation.Weights) -> evaluation.Comparison:
    known = {one.name: one.evaluation for one in tried if one.evaluation is not None}
    return evaluation.compare(known, weights)


def _absent(tried: Sequence[Tried]) -> tuple[str, ...]:
    return tuple(f"{one.name.capitalize()} offers nothing: {one.why}." for one in tried if one.commit is None)


def _best(tried: Sequence[Tried], weights: evaluation.Weights, *, pattern: Pattern) -> Take:
    found = _compared([one for one in tried if one.commit], weights)
    told = (*found.told, *_absent(tried))
    winner = next((one for one in tried if one.name == found.winner), None)
    if winner is None:
        return Take((), told, found)
    if pattern is Pattern.AB:
        told = (*resolution({one.name: one.evaluation for one in tried if one.evaluation}), *told)
    return Take((winner.task,), told, found)


def resolution(pair: Mapping[str, evaluation.Evaluation]) -> tuple[str, ...]:
    """Whether repeated runs tell two variants apart: whether all of one lie on one side of all of the other.

    If both were the same, n runs of each would fall apart so with probability 2 n! n! / (2n)!: 10 % for 3
    runs, 0.8 % for 5. Counts are exact and need no such word.
    """
    if len(pair) != 2:
        return ("Only one of the two was measured, so there is nothing to compare.",)
    (first, one), (second, other) = pair.items()
    told = []
    for figure in one.figures:
        match = other.figure(figure.name)
        if match is None or not figure.runs or not match.runs:
            continue
        less, more = sorted((figure.runs, match.runs), key=max)
        means = f"{first} {fmean(figure.runs):.2f}, {second} {fmean(match.runs):.2f} of the base"
        apart = max(less) < min(more)
        word = "is resolved" if apart else "is not resolved: the runs overlap"
        told.append(f"The difference in {figure.name} {word} ({means}, {len(less)} runs each).")
    return tuple(told)


def _next_role(plan: Plan, number: int, tried: Sequence[Tried]) -> Again | Take:
    last = tried[-1]
    made = [one for one in tried if one.commit]
    if last.commit is None and "nothing" not in last.why:
        return Take((), (f"The chain ends with {last.name}: {last.why}.",))
    if number < len(plan.variants):
        return Again((plan.variants[number],), made[-1].commit if made else None)
    if not made:
        return Take((), ("Nobody in the chain changed anything.",))
    line = ", then ".join(one.name for one in tried)
    return Take((made[-1].task,), (f"All of the chain have done their part: {line}.",))


def _together(tried: Sequence[Tried], weights: evaluation.Weights) -> Take:
    found = _compared([one for one in tried if one.commit], weights)
    made = [one for one in tried if one.commit and not (one.evaluation and one.evaluation.refused)]
    if len(made) < len(tried):
        return Take((), (*_absent(tried), "A part is missing, so none is taken."), found)
    names = ", ".join(one.name for one in made)
    return Take(
        tuple(one.task for one in made), (f"All parts are there and are taken together: {names}.",), found
    )


def _grow(plan: Plan, number: int, tried: Sequence[Tried], weights: evaluation.Weights) -> Again | Take:
    """Go on from the best so far while the newest round holds it; the others are pruned."""
    found = _compared([one for one in tried if one.commit], weights)
    best = next((one for one in tried if one.name == found.winner), None)
    if best is None:
        return Take((), (*found.told, *_absent(tried)), found)
    totals = {one.name: one.total for one in found.order if not one.out}
    older = [totals[one.name] for one in tried if one.round < number and one.name in totals]
    better = best.round == number and (not older or totals[best.name] > max(older) + MARGIN)
    pruned = ", ".join(one.name for one in tried if one.round == number and one is not best) or "nothing"
    if better and number < plan.depth:
        told = f"Round {number}: {best.name} is the best with {totals[best.name]:.2f}; pruned: {pruned}."
        variants = tuple(
            Variant(f"{one.name}.{number + 1}", one.runner, one.instructions) for one in plan.variants
        )
        return Again(variants, best.commit, (told,))
    why = "the tree is as deep as was asked" if better else f"round {number} made nothing better"
    return Take((best.task,), (*found.told, f"It ends here: {why}.", *_absent(tried)), found)
