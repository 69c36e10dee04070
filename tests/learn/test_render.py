"""The report as text."""

from dataclasses import replace

import pytest

from windlass.learn import render
from windlass.learn.model import (
    Delivered,
    Done,
    Found,
    Gated,
    Placed,
    Proof,
    Refused,
    Report,
    Run,
    Section,
    Stuck,
    Tried,
)
from windlass.learn.render import SHOWN_MAX, plain

AT = 1_800_000_000.0
EMPTY = Report(
    run=Run(3, 1, AT, AT + 60, {}, 1, 90, "idle"),
    repository="demo",
    at=AT + 60,
    found=Section("events 1-90 (source.scanned)"),
    ranked=Section("items"),
    gated=Section("items"),
    done=Section("tasks"),
    refused=Section("events"),
    delivered=Section("landings"),
    blocked=Section("items"),
)
PROOF = Proof("pytest", "passed", 1.5, "env", "bwrap", AT)
FULL = replace(
    EMPTY,
    found=Section(
        "events 1-90 (source.scanned)",
        (
            Found("comments", 2, 30, 4, 1, 2, 0, 1.0, None, AT),
            Found("sarif", 1, 9, 9, 0, 0, 0, 0.5, None, AT),
            Found("odd", 1, None, 0, 0, 0, 0, None, "broke", AT),
        ),
    ),
    ranked=Section(
        "items", tuple(Placed(n, f"Fix {n}", "open", 2.0, "high", 3, True, AT) for n in range(25))
    ),
    gated=Section(
        "items",
        (
            Gated(1, "Fix imports", "auto", "routed", (), None, AT),
            Gated(
                2,
                "Rotate the key",
                "strict",
                "waiting",
                ("risk: kind 'security' is risky by nature",) * 5,
                7,
                AT,
            ),
            Gated(3, "Fix more", "strict", "routed", (), None, AT, "ada"),
            Gated(None, "may it land?", "landing", "waiting", ("max_lines: 300 lines, at most 200",), 8, AT),
        ),
    ),
    done=Section(
        "tasks",
        (
            Done(
                4,
                1,
                "Fix imports",
                "completed",
                (Tried(1, 1, "mechanic", "bwrap", "w", "submitted", "", AT, AT),),
                AT,
            ),
        ),
    ),
    refused=Section(
        "events", (Refused(5, 2, "Fix more", ("verify",), ("tests/test_a.py::x fails now",), AT),)
    ),
    delivered=Section(
        "landings",
        (
            Delivered(
                1,
                4,
                "Fix imports",
                "landed",
                "refs/heads/main",
                "a" * 40,
                "b" * 40,
                None,
                "git pull",
                (PROOF,),
                AT,
                AT,
                2,
            ),
            Delivered(
                2,
                6,
                "Fix b",
                "proposed",
                "refs/heads/windlass/6",
                "c" * 40,
                "d" * 40,
                "/p/6.patch",
                "",
                (),
                AT,
            ),
        ),
    ),
    blocked=Section("items", (Stuck("item", 9, "TODO", "no runner accepts it: TODO", AT),)),
    below=4,
    questions=(7, 8),
)


def test_nothing_to_do_is_a_success_and_says_what_waits() -> None:
    lines = render(replace(EMPTY, blocked=FULL.blocked, below=2))
    assert lines[1] == "✓ success: no actionable items (1 blocked; 2 below the threshold)"
    assert any("no runner accepts it: TODO" in line for line in lines)


def test_everything_that_happened_is_told() -> None:
    text = "\n".join(render(FULL, 120))
    for part in (
        "1 landed, 1 proposed, 1 refused (2 waiting for an answer: windlass decide list; 1 blocked; 4 below",
        "✓ looked comments: 4 new, 1 moved, 2 gone, 0 returned; scans: 2, the last saw 30, coverage 100%",
        "! partly looked sarif",
        "✗ failed odd: broke",
        "· and 15 more",
        "✓ let through item 1",
        "? needs a person item 2 (strict) Rotate the key; decision 7",
        "and 2 more reasons",
        "· answered by ada item 3 (strict) [routed] Fix more",
        "max_lines: 300 lines",
        "attempt 1: mechanic in sandbox bwrap -> submitted",
        "✗ refused task 5 Fix more; by verify",
        "✓ landed task 4 Fix imports on refs/heads/main",
        "evidence: pytest passed at 2027-01-15T08:00:00.000Z",
        "no evidence is on record for this tree",
        "this tree passed against its base at 2027-01-15T08:00:00.000Z; 2 failures of the base",
        "! no proof of this tree is on record",
        "patch /p/6.patch",
        "! blocked item 9 TODO",
    ):
        assert part in text, part


@pytest.mark.parametrize("width", [1, 40, 57, 80, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = render(FULL, width)
    assert max(map(len, lines)) <= max(40, width)
    assert [line for line in lines if line != line.rstrip()] == []


def test_a_hostile_title_cannot_steer_the_terminal() -> None:
    row = Stuck("item", 1, "\x1b]0;owned\x07 \x1b[2J\r\u202eabc", "line one\nline two", AT)
    text = "\n".join(render(replace(EMPTY, blocked=Section("items", (row,)))))
    assert all(each == "\n" or each.isprintable() for each in text)
    assert "line one line two" in text


def test_long_text_is_cut() -> None:
    assert len(plain("x" * 10_000)) == 600


def test_a_run_that_goes_on_says_so() -> None:
    assert "is still running" in " ".join(render(replace(EMPTY, run=replace(EMPTY.run, finished_at=None))))


def test_the_number_of_rows_shown_is_bounded() -> None:
    assert sum("wsjf" in line for line in render(FULL)) == SHOWN_MAX
