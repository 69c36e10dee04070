"""`windlass verify`: what the checks say of what lies here."""

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import click

from windlass import app
from windlass.cli.checking import Checking
from windlass.cli.duration import seconds
from windlass.cli.opening import opened
from windlass.cli.render import emit, note, output_options, repo_option
from windlass.kernel import Invalid
from windlass.verify import Judgement, Reading

verifying = app.verifying
EXIT: Final = {"passed": 0, "failed": 1, "passed-with-deferred": 8, "unknown": 9}
LOOK_S: Final = 0.5
LOOKED_MAX: Final = 160
"""Characters of what a scan looked at that found nothing."""
_SIGNS: Final = {"passed": "✓", "failed": "x", "unknown": "?"}


@click.command(
    help="Judge what you have here as the gate would, tier by tier, without changing it.",
    epilog="Beside it: `windlass verify coverage`, `recall`, `mutation` and `evidence`. Exit codes: 0 passed,"
    " 1 failed, 8 passed as far as there was time, 9 unknown.",
)
@click.argument("paths", nargs=-1)
@click.option(
    "--tier", type=click.IntRange(verifying.TIERS[0], verifying.TIERS[-1]),
    help="This tier and those below it: 0 in a minute, 1 before a push, 2 nightly, 3 weekly.  [default: 0;"
    " with --only 1]",
)  # fmt: skip
@click.option(
    "--only", metavar="CHECK", multiple=True,
    help="No other check than this, by name or kind, e.g. ruff_lint, tests, contract; again for more.",
)  # fmt: skip
@click.option("--staged", is_flag=True, help="Judge what is staged, not the files.")
@click.option("--commit", metavar="REF", default="", help="Judge a commit, not the files.")
@click.option("--against", metavar="REF", default="", help="Compare with it; default: where main was left.")
@click.option("--budget", metavar="TIME", help="How long it may take, e.g. 90s; default: as set.")
@click.option("--watch", is_flag=True, help="Again whenever a file changes, until interrupted.")
@repo_option
@output_options
def verify(
    *, paths: tuple[str, ...], tier: int | None, only: tuple[str, ...], staged: bool, commit: str,
    against: str, budget: str | None, watch: bool, repo: str | None, as_json: bool, fields: str | None,
) -> None:  # fmt: skip
    if sum((staged, bool(commit), watch)) > 1:
        raise click.UsageError("--staged, --commit and --watch do not go together.")
    tier = (1 if only else 0) if tier is None else tier
    with opened(repo) as plant:
        index = os.environ.get("GIT_INDEX_FILE")
        aim = verifying.Aim(
            commit, staged, Path(index).absolute() if staged and index else None, against,
            inside(paths, plant.checkout.path, Path(repo) if repo else Path()),
        )  # fmt: skip

        def told(found: verifying.Verified) -> int:
            emit(_data(found), as_json=as_json, fields=fields, lines=lambda: map(_one_line, lines(found)))
            return EXIT[found.verdict.value]

        checking, budget_s = Checking(), seconds(budget)
        asked = verifying.Verifying(plant, checking.heard)
        if not watch:
            with checking:
                found = asked.verify(tier, aim, budget_s=budget_s, only=only)
            raise SystemExit(told(found))
        for found in asked.watch(tier, aim, budget_s=budget_s, only=only, rest=_rest):
            told(found)
            note("Looking for changes; Ctrl-C ends.")


def _rest() -> bool:
    time.sleep(LOOK_S)
    return True


def inside(paths: Sequence[str], top: Path, where: Path) -> tuple[str, ...]:
    """Paths as a person at a place gives them, from the top of the repository."""
    found = [os.path.relpath(os.path.realpath(where / path), os.path.realpath(top)) for path in paths]
    if outside := [path for path, told in zip(paths, found, strict=True) if told.startswith("..")]:
        raise Invalid(f"{outside[0]!r} is not in {top}", hint="name files of the repository")
    return tuple(found)


def _data(found: verifying.Verified) -> dict[str, Any]:
    judgement = found.judgement
    return {
        "verdict": found.verdict.value, "tier": found.tier, "only": list(found.only),
        "seconds": round(found.seconds, 3), "budget_seconds": found.budget_s,
        "tree": judgement.tree, "against": found.base,
        "changed": list(found.changed), "reasons": list(found.reasons),
        "checks": [
            {"check": one.check, "outcome": one.outcome.value, "seconds": round(one.seconds, 3),
             "known": one.check not in found.ran, "metrics": dict(one.metrics), "detail": one.detail}
            for one in judgement.readings
        ],
        "deferred": [
            {"check": one.check, "why": one.why, "expected_seconds": one.seconds}
            for one in judgement.deferred
        ],
        "not_run": [{"check": one.check, "why": one.why} for one in judgement.unable],
        "known_failures": list(judgement.known), "flaky": list(judgement.flaky),
        "quarantined": list(judgement.quarantined), "doubts": list(judgement.doubts),
        "patch_coverage": judgement.patch.document(),
    }  # fmt: skip


def lines(found: verifying.Verified) -> Iterator[str]:
    """A judgement for a person, check by check."""
    judgement = found.judgement
    for one in judgement.readings:
        spent = f"{one.seconds:.1f} s" if one.check in found.ran else "known"
        yield f"{_SIGNS[one.outcome.value]} {one.check:<28} {spent:>8}  {_told(one)}".rstrip()
    for late in judgement.deferred:
        yield f"- {late.check:<28} deferred  {late.why}{_takes(late.seconds)}"
    for lost in judgement.unable:
        yield f"! {lost.check:<28}  not run  {lost.why}"
    for name, told in (
        ("known before", judgement.known), ("flaky", judgement.flaky), ("quarantined", judgement.quarantined),
        ("look at", judgement.doubts),
    ):  # fmt: skip
        yield from (f"  {name}: {line}" for line in told)
    yield from patched(judgement)
    yield from (f"{found.verdict.value}: {line}" for line in found.reasons)
    left = f", {len(judgement.deferred)} deferred" if judgement.deferred else ""
    left += f", {len(judgement.unable)} not run" if judgement.unable else ""
    only = f"only {', '.join(found.only)} of " if found.only else ""
    took = f"{found.seconds:.1f} s of {found.budget_s:.0f} s"
    differ = f"{len(found.changed)} files differ from {found.base[:12]}"
    yield f"{found.verdict.value}{left}: {only}tier {found.tier} in {took}; {differ}"


def patched(judgement: Judgement) -> Iterator[str]:
    """Which of the added lines tests ran; nothing of a change without code."""
    patch = judgement.patch
    if patch.told:
        yield f"  patch coverage: {patch.told}"
    if patch.short and patch.asks:
        yield f"  look at: patch coverage is below {patch.bound.least:g} %; a person decides before it lands"


def _one_line(text: str) -> str:
    """A name with a line break must not look like a line of ours."""
    return " ".join(text.splitlines())


def _takes(expected_s: float | None) -> str:
    return "; nobody knows how long it takes" if expected_s is None else f"; takes about {expected_s:.0f} s"


def _told(one: Reading) -> str:
    """What a reading counted, in words."""
    if one.cases:
        return f"{len(one.cases)} tests, {len(one.failures)} fail"
    if one.counts:
        return f"{sum(one.counts.values())} in {len(one.counts)} places"
    return _one_line(one.detail)[:LOOKED_MAX] if "findings" in one.metrics else ""
