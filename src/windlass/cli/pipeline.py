"""`windlass validate-pipeline`: the whole workflow on a copy of the repository, stage by stage."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click

from windlass import app
from windlass.app import Wish
from windlass.cli.progress import Progress
from windlass.cli.render import emit, note, output_options, repo_option

pipeline = app.preparing.pipeline
Proof = pipeline.Proof
_SIGNS: Final = {Proof.PROVED: "✓", Proof.FAILED: "x", Proof.UNKNOWN: "?"}
UNKNOWN: Final = 9


@click.command(
    name="validate-pipeline",
    help="Prove on a copy that the whole workflow works in this repository, stage by stage.",
    epilog="A good change has to land; a false claim, a stray file, broken syntax and a failing test must"
    " not. Nothing of yours is written. Exit codes: 0 every stage is proved, 1 one failed, 9 one could not be"
    " told.",
)  # fmt: skip
@click.option("--keep", type=click.Path(path_type=Path), help="Leave copy and data home in this new folder.")
@click.option("--trust", is_flag=True, help="Run without a sandbox. Nothing lands then.")
@click.option("-v", "--verbose", is_flag=True, help="Show every event.")
@repo_option
@output_options
def validate(
    *, keep: Path | None, trust: bool, verbose: bool, repo: str | None, as_json: bool, fields: str | None
) -> None:
    wish = Wish(repo=Path(repo) if repo else None, trust=trust)
    stages = []
    for one in pipeline.validate(wish, os.environ, listen=Progress(verbose=verbose).show, keep=keep):
        stages.append(one)
        if not as_json:
            click.echo("\n".join(_lines(one)))
    proofs = [one.proof for one in stages]
    data = {
        "proved": all(proof is Proof.PROVED for proof in proofs),
        "stages": [
            {"stage": one.name, "proof": one.proof.value, "seen": one.seen, "fix": one.fix,
             "seconds": None if one.seconds is None else round(one.seconds, 3)}
            for one in stages
        ],
    }  # fmt: skip
    counts = ", ".join(f"{proofs.count(proof)} {proof.value}" for proof in Proof)
    emit(data, as_json=as_json, fields=fields, lines=lambda: [counts])
    if keep is not None:
        note(f"Kept in {keep}; look with: WINDLASS_HOME={keep / 'home'} windlass report --repo {keep}/*.git")
    if Proof.FAILED in proofs:
        raise SystemExit(1)
    if Proof.UNKNOWN in proofs:
        raise SystemExit(UNKNOWN)


def _lines(one: pipeline.Stage) -> Iterator[str]:
    sign = _SIGNS[one.proof]
    took = "?" if one.seconds is None else f"{one.seconds:.1f} s"
    yield f"{sign} {one.proof.value:<8} {one.name:<32} {took:>7}  {one.seen}"
    if one.fix:
        yield f"{'':<52}try: {one.fix}"
