"""What a person sees while checks run."""

import io
import sys
import time

import pytest

from windlass.cli import checking
from windlass.cli.checking import Checking
from windlass.verify import Outcome, Reading

DONE = Reading("lint", Outcome.PASSED)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_one_line_that_is_gone_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Terminal()
    monkeypatch.setattr(sys, "stderr", seen)
    monkeypatch.setattr(checking, "DRAW_S", 0.01)
    with Checking() as shown:
        shown.heard("lint", None)
        shown.heard("tests", None)
        shown.heard("lint", DONE)
        until = time.monotonic() + 10
        while "tests 0 s" not in seen.getvalue() and time.monotonic() < until:
            time.sleep(0.01)
    assert "1 checks done, running: tests 0 s" in seen.getvalue()
    assert "\n" not in seen.getvalue()
    assert seen.getvalue().endswith("\r\x1b[K")


def test_a_log_gets_a_line_for_what_takes_long_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = io.StringIO()
    monkeypatch.setattr(sys, "stderr", seen)
    with Checking() as shown:
        shown.heard("lint", None)
        shown.heard("lint", DONE)
        assert seen.getvalue() == ""
        monkeypatch.setattr(checking, "LONG_S", 0.0)
        shown.heard("lint", None)
        shown.heard("lint", DONE)
    assert seen.getvalue() == "✓ lint  0 s\n"
