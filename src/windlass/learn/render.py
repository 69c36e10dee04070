"""The report as lines of text for a width: glyph and word together, nothing told by colour alone. Pure.

Titles and reasons come from repositories nobody here wrote: what is not printable is replaced, so that none
of them can steer the terminal.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, Final

from windlass import plan
from windlass.kernel import iso
from windlass.learn.model import Cost, Delivered, Done, Found, Gated, Measured, Placed, Refused, Report, Stuck

SHOWN_MAX: Final = 10
"""Rows shown of one section; JSON has them all."""
NARROWEST: Final = 40
REASONS_SHOWN: Final = 3
TEXT_MAX: Final = 600
"""Characters shown of one line before it is wrapped."""

OK, NO, ASK, STOP, DOT = "✓", "✗", "?", "!", "·"


def render(report: Report, width: int = 100) -> list[str]:
    """Lines of at most `width` columns (at least 40), without trailing spaces."""
    page = _Page(max(NARROWEST, width))
    run = report.run
    ended = "is still running" if run.finished_at is None else f"ended {iso(run.finished_at)}: {run.outcome}"
    page.line(f"run {run.id} of {report.repository}, started {iso(run.started_at)}, {ended}")
    page.line(_headline(report))
    page.section("found", report.found.source, [_found(row) for row in report.found.rows])
    page.section("ranked", report.ranked.source, [_placed(row) for row in report.ranked.rows])
    page.section("gated", report.gated.source, [_gated(row) for row in report.gated.rows])
    page.section("done", report.done.source, [_done(row) for row in report.done.rows])
    page.section("refused", report.refused.source, [_refused(row) for row in report.refused.rows])
    page.section("landed", report.delivered.source, [_delivered(row) for row in report.delivered.rows])
    page.section("blocked", report.blocked.source, [_stuck(row) for row in report.blocked.rows])
    if any((row.reason or "").startswith(plan.NO_RUNNER) for row in report.blocked.rows):
        page.line("agents that could do what no runner accepts: windlass agent presets", indent=2)
    page.section("cost", report.cost.source, [_cost(row) for row in report.cost.rows])
    page.section("measured", report.measured.source, [_measured(row) for row in report.measured.rows])
    if report.catch_up:
        page.lines.append("")
        page.line(
            "your checkout stands on the branch that moved; this updates its files and keeps your edits:"
        )
        page.lines.append(f"  {report.catch_up}")  # never wrapped: it is there to be copied
    return page.lines


class _Page:
    def __init__(self, width: int) -> None:
        self.width = width
        self.lines: list[str] = []

    def line(self, text: str, *, indent: int = 0) -> None:
        wrapped = textwrap.wrap(
            plain(text), self.width, initial_indent=" " * indent, subsequent_indent=" " * (indent + 2),
            break_on_hyphens=False,
        )  # fmt: skip
        self.lines += wrapped

    def section(self, name: str, source: str, rows: Sequence[Sequence[str]]) -> None:
        if not rows:
            return
        self.lines.append("")
        self.line(f"{name} ({len(rows)}), from {source}")
        for first, *more in rows[:SHOWN_MAX]:
            self.line(first, indent=2)
            for each in more:
                self.line(each, indent=6)
        if len(rows) > SHOWN_MAX:
            self.line(f"{DOT} and {len(rows) - SHOWN_MAX} more: windlass report --json", indent=2)


def plain(text: str) -> str:
    """One line of printable characters, at most TEXT_MAX of them."""
    line = " ".join(text.split())
    line = line if len(line) <= TEXT_MAX else line[: TEXT_MAX - 1] + "…"
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in line)


def _headline(report: Report) -> str:
    waiting = len(report.questions)
    rest = [
        f"{count} {what}"
        for count, what in (
            (waiting, "waiting for an answer: windlass decide list" if waiting else ""),
            (len(report.blocked.rows), "blocked"),
            (report.below, "below the threshold"),
        )
        if count
    ]
    tail = f" ({'; '.join(rest)})" if rest else ""
    if report.idle:
        return f"{OK} success: no actionable items{tail}"
    landed = sum(row.state == "landed" for row in report.delivered.rows)
    proposed = len(report.delivered.rows) - landed
    return f"{DOT} {landed} landed, {proposed} proposed, {len(report.refused.rows)} refused{tail}"


def _found(row: Found) -> list[str]:
    if row.error is not None:
        return [f"{NO} failed {row.source}: {row.error} ({iso(row.at)}); nothing was closed for it"]
    coverage = "unknown" if row.coverage is None else f"{row.coverage:.0%}"
    glyph, word = (OK, "looked") if row.coverage == 1.0 else (STOP, "partly looked")
    counts = f"{row.new} new, {row.moved} moved, {row.gone} gone, {row.returned} returned"
    scans = f"scans: {row.scans}, the last saw {row.found}, coverage {coverage}"
    return [f"{glyph} {word} {row.source}: {counts}; {scans} ({iso(row.at)})"]


def _placed(row: Placed) -> list[str]:
    below = "" if row.actionable else ", below the threshold"
    return [f"{DOT} wsjf {row.wsjf:.2f} {row.band} item {row.item} [{row.state}{below}] {row.title}"]


def _gated(row: Gated) -> list[str]:
    what = f"item {row.item}" if row.item is not None else "landing"
    if row.decision is not None:
        asked = f"decision {row.decision}: windlass decide show {row.decision}"
        head = f"{ASK} needs a person {what} ({row.route}) {row.title}; {asked}"
    elif row.by is not None:
        head = f"{DOT} answered by {row.by} {what} ({row.route}) [{row.state}] {row.title}"
    elif row.route == "auto":
        head = f"{OK} let through {what} [{row.state}] {row.title}"
    else:
        head = f"{DOT} {row.route} {what} [{row.state}] {row.title}"
    return [head, *_few(row.reasons)]


def _done(row: Done) -> list[str]:
    glyph = {"completed": OK, "failed": NO, "cancelled": NO, "blocked": STOP}.get(row.status, DOT)
    head = f"{glyph} {row.status} task {row.task} {row.title}"
    tried = [
        f"attempt {one.number}: {one.runner} in sandbox {one.sandbox or 'not started'}"
        f" -> {one.outcome or 'running'} ({iso(one.finished_at or one.started_at)})"
        for one in row.attempts
    ]
    return [head, *tried[-REASONS_SHOWN:]]


def _cost(row: Cost) -> list[str]:
    whose = "no task" if row.task is None else f"task {row.task}"
    sums = f"{row.requests} requests, {row.tokens} tokens, ${row.micro_dollars / 1_000_000:.2f}"
    unknown = f"; {row.unmeasured} of unknown usage, {row.unpriced} of unknown cost"
    return [f"{DOT} {whose} by {row.agent}: {sums}{unknown if row.unmeasured or row.unpriced else ''}"]


def _measured(row: Measured) -> list[str]:
    glyph = {"passed": OK, "failed": NO, "unknown": ASK}.get(row.said, STOP)
    told = ", ".join(f"{name} {value:g}" for name, value in row.figures.items() if value is not None)
    head = f"{glyph} {row.said} {row.part} of {row.commit[:12]}, every {row.every} ({iso(row.at)})"
    return [head + (f": {told}" if told else ""), *_few(row.why)]


def _refused(row: Refused) -> list[str]:
    return [
        f"{NO} refused task {row.task} {row.title}; by {', '.join(row.by)} ({iso(row.at)})",
        *(_few(row.reasons) or ["no reason is on record"]),
    ]


def _delivered(row: Delivered) -> list[str]:
    where = row.ref or "a reference that is not on record"
    lines = [f"{OK} {row.state} task {row.task} {row.title} on {where} ({iso(row.at)})"]
    lines.append(f"commit {row.commit or 'unknown'}, tree {row.tree or 'unknown'}")
    if row.patch:
        lines.append(f"patch {row.patch}")
    lines.append(_proved(row))
    lines += _tested(row.patch_coverage)
    proofs = [f"{one.check} {one.outcome} at {iso(one.at)}" for one in row.proofs]
    lines.append(f"evidence: {'; '.join(proofs)}" if proofs else "no evidence is on record for this tree")
    return lines


def _proved(row: Delivered) -> str:
    if row.proved_at is None:
        return f"{STOP} no proof of this tree is on record"
    before = f"; {row.known} failures of the base were not blamed on it" if row.known else ""
    return f"{OK} this tree passed against its base at {iso(row.proved_at)}{before}"


def _tested(told: Mapping[str, Any] | None) -> list[str]:
    """Nothing of a change that adds no code, or was judged before this was measured."""
    if told is None or not (told["coverable"] or told["untold"]):
        return []
    if told["why"] or not told["coverable"]:
        return [f"{STOP} patch coverage unknown: {told['why'] or 'no report tells of these files'}"]
    missing = ", ".join(f"{path}:{lines}" for path, lines in {**told["open"], **told["uncovered"]}.items())
    glyph = STOP if told["short"] else OK
    some = f"; not run: {missing}" if missing else ""
    return [f"{glyph} patch coverage: tests ran {told['covered']} of {told['coverable']} added lines{some}"]


def _stuck(row: Stuck) -> list[str]:
    return [f"{STOP} blocked {row.what} {row.id} {row.title}: {row.reason or 'no reason is on record'}"]


def _few(reasons: Sequence[str]) -> list[str]:
    more = len(reasons) - REASONS_SHOWN
    return [*reasons[:REASONS_SHOWN], *([f"and {more} more reasons"] if more > 0 else [])]
