"""`windlass verify coverage`: what the tests run of the code, and whether that is enough."""

from collections.abc import Iterator

import click

from windlass import app
from windlass.cli.checking import Checking
from windlass.cli.duration import seconds
from windlass.cli.opening import opened
from windlass.cli.render import emit, output_options, repo_option
from windlass.cli.verify import EXIT, patched

verifying = app.verifying
NOBODY = "no run of all tests tells a coverage; pytest needs pytest-cov, and the project a table of coverage"


@click.command(
    help="Run all tests, and say what they cover of the code and of the lines you add.",
    epilog="Exit codes: 0 passed, 1 failed or too little, 8 there was no time for all, 9 nothing tells it.",
)
@click.option("--staged", is_flag=True, help="Judge what is staged, not the files.")
@click.option("--commit", metavar="REF", default="", help="Judge a commit, not the files.")
@click.option("--against", metavar="REF", default="", help="Compare with it; default: where main was left.")
@click.option("--budget", metavar="TIME", help="How long it may take, e.g. 90s; default: as set.")
@repo_option
@output_options
def coverage(
    *, staged: bool, commit: str, against: str, budget: str | None, repo: str | None, as_json: bool,
    fields: str | None,
) -> None:  # fmt: skip
    if staged and commit:
        raise click.UsageError("--staged and --commit do not go together.")
    with opened(repo) as plant:
        aim = verifying.Aim(commit, staged, against=against)
        with Checking() as checking:
            found = verifying.Verifying(plant, checking.heard).coverage(aim, budget_s=seconds(budget))
    judgement = found.verified.judgement
    data = {
        "verdict": found.verdict.value, "coverage": found.now, "before": found.before, "least": found.least,
        "tree": judgement.tree, "against": found.verified.base, "reasons": list(found.verified.reasons),
        "patch_coverage": judgement.patch.document(), "seconds": round(found.verified.seconds, 3),
    }  # fmt: skip
    emit(data, as_json=as_json, fields=fields, lines=lambda: _lines(found))
    raise SystemExit(EXIT[found.verdict.value])


def _lines(found: verifying.Covered) -> Iterator[str]:
    asked = f"a change that lowers it has to reach {found.least:g} %"
    yield f"coverage: {_told(found.now)}, {_told(found.before)} before; {asked}"
    yield from patched(found.verified.judgement)
    yield from (f"{found.verdict.value}: {line}" for line in found.verified.reasons)
    yield f"{found.verdict.value}: {NOBODY}" if found.now is None else found.verdict.value


def _told(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f} %"
