"""`windlass verify mutation`: small changes to the code, and which of them no test notices."""

from collections.abc import Iterator
from typing import Any, Final

import click

from windlass import app, verify
from windlass.cli.opening import opened
from windlass.cli.render import emit, note, output_options, repo_option

Fate = verify.evaluation.Fate
Asked = verify.evaluation.mutation.Asked
Found = verify.evaluation.mutation.Found
Tried = verify.evaluation.mutation.Tried
MUTANTS: Final = 40
MUTANTS_MAX: Final = 2_000
LIMIT_S: Final = 60.0
TESTS_SHOWN: Final = 3
_ORDER: Final = (Fate.SURVIVED, Fate.TIMED_OUT, Fate.UNCLEAR, Fate.NOT_REACHED, Fate.NOT_TRIED)


@click.command(
    help="Change the lines of a change, or a sample of the main branch, and say which tests notice."
)
@click.argument("what", required=False, default="HEAD")
@click.option("--against", default="", help="The change began where WHAT left this; default: main.")
@click.option(
    "--sample", type=click.FloatRange(0, 100, min_open=True), default=None, metavar="PERCENT",
    help="So many percent of all mutants of the main branch instead; the ratchet takes the score.",
)  # fmt: skip
@click.option("--mutants", type=click.IntRange(1, MUTANTS_MAX), default=None, help="At most so many.")
@click.option("--limit", type=click.FloatRange(1), default=None, metavar="SECONDS", help="Time for all.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which ones: the same for a seed.")
@repo_option
@output_options
def mutation(
    what: str, *, against: str, sample: float | None, mutants: int | None, limit: float | None, seed: int,
    repo: str | None, as_json: bool, fields: str | None,
) -> None:  # fmt: skip
    with opened(repo) as plant:
        mutating = app.ratcheting.Ratcheting(plant).mutating()
        if sample is None:
            asked = Asked(mutants or MUTANTS, limit_s=limit or LIMIT_S, seed=seed)
            found, sampled = mutating.change(what, against, asked), None
        else:
            asked = Asked(mutants or MUTANTS_MAX, limit_s=limit or 20 * LIMIT_S, seed=seed)
            sampled = mutating.sample(sample / 100.0, asked)
            found = sampled.found
    data = _data(found)
    if sampled is not None:
        data["ratchet"] = {
            "bound": sampled.ratchet.bound,
            "holds": sampled.ratchet.holds,
            "worse": sampled.worse,
        }
    emit(data, as_json=as_json, fields=fields, lines=lambda: _lines(found))
    if sampled is not None and sampled.ratchet.holds is False:
        note(sampled.ratchet.why + ("" if sampled.worse else "; of so few mutants that may be chance"))
    if sampled is not None and sampled.worse:
        raise SystemExit(1)


def _data(found: Found) -> dict[str, Any]:
    score = found.score
    return {
        "check": found.check, "tree": found.tree, "possible": found.possible,
        "seconds": round(found.seconds, 1),
        "score": score.percent, "interval": list(score.interval) if score.tried else None,
        "counts": {fate.value: len(found.of(fate)) for fate in Fate},
        "mutants": [
            {"path": one.mutant.path, "line": one.mutant.line, "what": one.mutant.what,
             "fate": one.seen.fate.value, "diff": one.diff, "tests": len(one.tests), "ran": one.seen.ran,
             "noticed_by": one.seen.failed or None, "why": one.seen.why, "suspect": one.suspect}
            for one in found.tried
        ],
        "shift": None if found.shift is None else {
            "before": found.before, "pairs": found.shift.pairs, "lost": found.shift.lost,
            "gained": found.shift.gained, "chance": found.shift.chance,
        },
    }  # fmt: skip


def _lines(found: Found) -> Iterator[str]:
    for one in found.of(Fate.SURVIVED):
        yield from _survivor(one)
    if not found.tried:
        yield "There is nothing to mutate: no line of code was changed that could do otherwise."
        return
    score, counts = found.score, {fate: len(found.of(fate)) for fate in Fate}
    rest = ", ".join(f"{counts[fate]} {fate.value}" for fate in _ORDER if counts[fate])
    yield f"{len(found.tried)} of {found.possible} mutants: {counts[Fate.KILLED]} killed" + (
        rest and f", {rest}"
    )
    low, high = score.interval
    if score.percent is None:
        yield f"score: unknown, {score.tried} mutants say too little"
    else:
        yield f"score: {score.percent:.1f} % ({low:.1f} to {high:.1f}, Wilson, 95 %) of {score.tried}"
    if (shift := found.shift) is not None:
        yield (
            f"of {shift.pairs} that were tried on {found.before[:12]} too, {shift.lost} are not noticed any"
            f" more and {shift.gained} are now; by chance {shift.chance:.1%}"
        )


def _survivor(one: Tried) -> Iterator[str]:
    more = f" and {len(one.tests) - TESTS_SHOWN} more" if one.tests[TESTS_SHOWN:] else ""
    yield f"{one.mutant.path}:{one.mutant.line} no test notices"
    yield from (f"    {line}" for line in one.diff.splitlines())
    yield f"  ran by {', '.join(one.tests[:TESTS_SHOWN])}{more}"
    if one.suspect:
        yield f"  maybe no fault: {one.suspect}"
