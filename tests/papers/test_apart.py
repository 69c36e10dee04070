"""Questions to a process of its own, over some of which it ends."""

import os
import signal
from typing import Any

import pytest

from windlass.papers.apart import Apart, Gone


def work(question: Any) -> Any:
    if question == "for ever":
        while True:
            pass
    if question == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if question == "raise":
        raise ValueError("no")
    return [os.getpid(), question]


def test_whoever_hangs_or_breaks_loses_one_answer_and_no_other() -> None:
    apart = Apart(work)
    child, was = apart.ask({"a": ["\ud800", 10**40]}, 5.0)
    assert (was, child != os.getpid()) == ({"a": ["\ud800", 10**40]}, True)
    assert apart.ask("again", 5.0) == [child, "again"]
    for question, late in (("for ever", True), ("die", False), ("raise", False)):
        with pytest.raises(Gone) as gone:
            apart.ask(question, 0.1)
        assert gone.value.late is late
        assert apart.ask("still", 5.0)[1] == "still"
    apart.ask("x" * 1_000_000, 5.0)


def test_it_ends_with_whoever_asks() -> None:
    apart = Apart(work)
    child, _ = apart.ask("a", 5.0)
    del apart
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)
