"""`windlass verify recall`: what the choice of tests is worth."""

import click

from windlass import app, verify
from windlass.cli.opening import opened
from windlass.cli.render import emit, note, output_options, repo_option

MUTANTS = 60
MUTANTS_MAX = 2_000


@click.command(
    help="Put faults into the main branch's code, in the sandbox, and say how many the chosen tests find."
)
@click.option(
    "--mutants", type=click.IntRange(1, MUTANTS_MAX), default=MUTANTS, show_default=True,
    help="How many faults to try, each with up to one run of all tests.",
)  # fmt: skip
@click.option("--seed", type=int, default=1, show_default=True, help="Which faults: the same for a seed.")
@repo_option
@output_options
def recall(mutants: int, seed: int, repo: str | None, as_json: bool, fields: str | None) -> None:
    with opened(repo) as plant:
        found = app.ratcheting.Ratcheting(plant).recall(mutants, seed)
    data = {
        "check": found.check, "mutants": found.mutants, "faults": found.faults, "recall": found.recall,
        "share": round(found.share, 4), "missed": list(found.missed),
    }  # fmt: skip
    emit(data, as_json=as_json, fields=fields, lines=lambda: _lines(found))
    if not found.telling:
        note("so few faults say too little; this changes nothing")


def _lines(found: verify.evaluation.Recall) -> list[str]:
    told = "unknown" if found.recall is None else f"{100 * found.recall:.1f} %"
    return [
        f"{found.check}: the chosen tests find {told} of {found.faults} faults (of {found.mutants} tried),"
        f" in {100 * found.share:.1f} % of the tests' time",
        *(f"  missed: {one}" for one in found.missed),
    ]
