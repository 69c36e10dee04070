"""The words an agent gets, and its no."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.task import TASK

from windlass.agents.prompt import PROMPT_MAX, REASON_MAX, no_of, prompt


def test_it_says_all_that_is_known() -> None:
    text = prompt(TASK)
    for part in (
        "Fix it",
        "add() is wrong",
        "- calc.py:2 BUG: wrong sign",
        "Files you may change:\n- calc.py",
    ):
        assert part in text
    assert "because:\nlast time: no" in text
    assert text.endswith("CANNOT: the reason")
    assert "session" not in text
    assert "files are as they were" in prompt(TASK, again=True)
    assert "Nobody can answer" in text
    assert "ask_clarification" in prompt(TASK, asks=True)


@given(st.text(max_size=50), st.integers(0, 3))
def test_it_never_grows_beyond_an_argument(text: str, zeros: int) -> None:
    made = prompt(replace(TASK, instructions=text * 10**zeros * 2))
    assert len(made) <= PROMPT_MAX
    assert "\0" not in made
    assert made.endswith("CANNOT: the reason")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("I looked.\n\nCANNOT: no such file\n", "no such file"),
        ("**CANNOT: bold**", "bold"),
        ("CANNOT:", "it gave no reason"),
        ("CANNOT: " + "x" * 2 * REASON_MAX, "x" * REASON_MAX),
        ("CANNOT: first\nbut then I did", None),
        ("Mind the model.CANNOT: no", "no"),
        ("I CANNOT: do", None),
        ("", None),
    ],
)
def test_a_no_stands_in_the_last_line(said: str, reason: str | None) -> None:
    assert no_of(said) == reason
