"""Parsers on what agents really printed, recorded against the scripted model; and on what nobody printed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.agents.listening import Heard
from windlass.agents.model import Did, End, Event, Tokens, Turn
from windlass.agents.parsers import LINE_MAX, PARSERS, claude, lines, plain

RECORDED = Path(__file__).parent / "recorded"


def heard(name: str) -> Heard:
    told = Heard()
    for line in (RECORDED / f"{name}.jsonl").read_bytes().splitlines():
        for event in PARSERS[name.split("-")[0]](line):
            told.note(event)
    return told


def over(name: str, code: int) -> Turn:
    return heard(name).over(code, "", tells_end=True)


@pytest.mark.parametrize(
    ("name", "acts", "tokens"),
    [
        ("codex-fix", 2, Tokens(28863, 38)),
        ("opencode-fix", 2, Tokens(7329 + 63 + 7329 + 84 + 7392, 36)),
        ("gemini-fix", 2, Tokens(37969, 44)),
    ],
)
def test_a_turn_that_fixed_something(name: str, acts: int, tokens: Tokens) -> None:
    turn = over(name, 0)
    assert (turn.end, turn.acts, turn.tokens) == (End.DONE, acts, tokens)
    assert turn.said.strip().endswith("The test passes now.")
    assert len(turn.session) > 10


@pytest.mark.parametrize("name", ["codex-cannot", "opencode-cannot", "gemini-cannot"])
def test_a_no_is_heard(name: str) -> None:
    turn = over(name, 0)
    assert (turn.end, turn.detail) == (End.CANNOT, "the requirement contradicts itself")


@pytest.mark.parametrize("name", ["codex-nothing", "opencode-nothing", "gemini-nothing"])
def test_that_something_was_fixed_is_only_what_it_says(name: str) -> None:
    turn = over(name, 0)
    assert (turn.end, turn.acts, turn.said.strip()) == (End.DONE, 0, "I fixed it.")


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("codex-401", End.AUTH), ("codex-429", End.RATE_LIMITED), ("codex-500", End.SERVER_ERROR),
        ("codex-cut", End.CUT), ("codex-garbage", End.CUT), ("codex-refused", End.UNREACHABLE),
        ("opencode-401", End.AUTH), ("opencode-garbage", End.CUT), ("gemini-401", End.AUTH),
        ("gemini-cut", End.CUT), ("gemini-garbage", End.CUT),
    ],
)  # fmt: skip
def test_each_fault_of_the_model_has_its_word(name: str, end: End) -> None:
    assert over(name, 1).end is end
    assert heard(name).stopped(End.WALL, "too long").end is end


def test_errors_again_and_again_are_no_sign_of_life() -> None:
    told = Heard()
    signs = [
        told.note(event)
        for line in (RECORDED / "opencode-garbage.jsonl").read_bytes().splitlines()
        for event in PARSERS["opencode"](line)
    ]
    assert signs.count(True) == 1, "the first beginning"


def test_windlass_own_lines() -> None:
    assert lines(b'{"event": "spent", "input": 3, "output": true}') == [Event(Did.SPENT, tokens=Tokens(3, 0))]
    assert lines(b'{"event": "said", "text": "x"}') == [Event(Did.SAID, "x")]
    assert lines(b'{"event": "danced"}') == []


def test_lines_for_people_and_the_errors_among_them() -> None:
    assert plain(b"Applied edit to calc.py\n")[0].did is Did.SAID
    assert plain(b"litellm.AuthenticationError: no")[0].did is Did.FAILED
    assert plain(b"the litellm.AuthenticationError is raised")[0].did is Did.SAID


def test_claude_as_documented() -> None:
    blocks = b'{"type":"text","text":"hm"},{"type":"tool_use","name":"Bash"}'
    said = b'{"type":"assistant","message":{"content":[' + blocks + b"]}}"
    assert claude(said) == [Event(Did.SAID, "hm"), Event(Did.ACTED, "Bash")]
    used = b'{"input_tokens":1,"cache_read_input_tokens":2,"output_tokens":4}'
    ended = b'{"type":"result","subtype":"success","is_error":false,"usage":' + used + b"}"
    assert claude(ended) == [Event(Did.SPENT, tokens=Tokens(3, 4)), Event(Did.ENDED)]
    assert claude(ended.replace(b"false", b"true"))[1].did is Did.FAILED


@pytest.mark.parametrize("name", sorted(set(PARSERS) - {"plain"}))
@pytest.mark.parametrize(
    "line",
    [
        b"", b"{", b"[]", b"null", b"\xff", b'{"type": 1}', b'{"type": "item.completed", "item": 3}',
        b'{"type":"text"}',
        b'{"type": "result", "stats": [], "error": 1}', b'{"type":' + b"[" * 9_000,
        b"{" + b" " * LINE_MAX + b"}",
        b'{"type": "assistant", "message": {"content": [1, {"type": "text", "text": 5}]}}', b'{"event": []}',
        b'{"type": "step_finish", "part": {"tokens": {"input": -1, "cache": 2}}}',
    ],
)  # fmt: skip
def test_what_is_not_understood_is_no_crash(name: str, line: bytes) -> None:
    assert all(event.tokens == Tokens() for event in PARSERS[name](line))


@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=300))
def test_any_bytes_are_events_or_nothing(name: str, line: bytes) -> None:
    for event in PARSERS[name](line):
        assert isinstance(event, Event)
