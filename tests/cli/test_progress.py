"""Progress of a run: one flat line per event that a person wants to see."""

import re

import pytest
from tests.cli.shell import Shell

from windlass.app import Wish, open_plant
from windlass.cli.progress import FOUND_MAX, KINDS, Progress
from windlass.events import Event, Subject

LINE = re.compile(r"\d\d:\d\d:\d\d  . \S+ ")


def event(kind: str, seq: int = 1, **data: object) -> Event:
    return Event(seq, 1_700_000_000.0, "windlass", kind, Subject(1, 2, 3, 4), data)


def shown(capsys: pytest.CaptureFixture[str], *events: Event, verbose: bool = False) -> list[str]:
    Progress(verbose=verbose).show(events)
    taken = capsys.readouterr()
    assert taken.out == ""
    return taken.err.splitlines()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_known_kind_is_one_line_whatever_its_data(
    kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    needed = {"source": "ruff"} if kind.startswith("source.") else {}
    (line,) = shown(capsys, event(kind, **needed))
    assert LINE.match(line)


def test_the_lines_say_what_happened(capsys: pytest.CaptureFixture[str]) -> None:
    told = shown(
        capsys,
        event("source.scanned", source="ruff", new=3, gone=1, moved=0, coverage=0.5),
        event("source.failed", source="ruff", error="not installed"),
        event("task.filed", title="Tidy", runner="mechanic"),
        event("task.rejected", reason="test_x fails"),
        event("verdict.passed", seconds=2.04, known=1),
        event("verdict.failed", seconds=2.0, reasons=["a", "b"]),
        event("source.scanned", source="sarif"),
        event("verdict.unknown"),
        event("landing.landed", ref="refs/heads/main", commit="a" * 40),
        event("limit.reached", text="daily limit reached (5 today); the rest waits"),
    )
    assert [line.split("  ", 1)[1] for line in told] == [
        "? looked     ruff: 3 new, 1 gone, 0 moved; looked at 50 % of what it should",
        "! failed     ruff failed: not installed",
        "> task       task 3: Tidy (mechanic)",
        "x rejected   task 3: test_x fails",
        "✓ verified   task 3 in 2.0 s, 1 known failures of the base not blamed",
        "x refused    task 3 in 2.0 s: a; b",
        "? looked     sarif: ? new, ? gone, ? moved; looked at ? % of what it should",
        "? unknown    task 3 in ? s",
        "✓ LANDED     task 3 on main aaaaaaaaaa",
        "! limit      daily limit reached (5 today); the rest waits",
    ]


def test_unknown_kinds_and_many_finds_are_for_the_verbose(capsys: pytest.CaptureFixture[str]) -> None:
    many = [event("item.discovered", n, title=f"thing {n}") for n in range(FOUND_MAX + 5)]
    brief = shown(capsys, event("lease.renewed"), *many)
    assert len(brief) == FOUND_MAX + 1
    assert brief[-1].endswith("and more: windlass backlog list")
    assert len(shown(capsys, event("lease.renewed"), *many, verbose=True)) == FOUND_MAX + 6


def test_a_text_cannot_make_lines_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = shown(capsys, event("task.rejected", reason="a\nb\r\n" + "c" * 5000))
    assert "a b c" in line
    assert len(line) < 450


def test_a_text_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = shown(capsys, event("task.rejected", reason="\x1b[2J\x1b]0;owned\x07 \u202etxt"))
    assert line.isprintable()


def test_the_start_tells_what_the_run_may_do(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    only, lands = "proposes branches; main does not move", "lands on main"
    for wish, confined, word in (
        (Wish(repo=shell.repo), True, only),
        (Wish(repo=shell.repo, land=True, trust=True), True, lands),
        (Wish(repo=shell.repo, land=True), False, only),
    ):
        with open_plant(wish, shell.plant.env) as plant:
            Progress(verbose=False).begin(plant, confined=confined)
        told = capsys.readouterr().err
        assert word in told
        assert ("TRUSTED" in told) is not confined
