"""What the script says at each step, and how the tokens of a conversation are split."""

import pytest

from windlass.kernel import Invalid
from windlass.scripted import Call, Run, Script, tokens_of
from windlass.scripted.turn import Ask, Offer, Usage, answer, seen_and_fresh

SCRIPT = Script((Run("make"), Call("renew", {"n": 1})), "Fixed.", "A title")
BASH = Offer("bash", {"properties": {"command": {"type": "string"}}})
RENEW = Offer("mcp__windlass__renew")


def ask(done: int, *offers: Offer) -> Ask:
    return Ask("m", offers, done, 40, 2)


def test_the_step_is_the_number_of_results() -> None:
    first = answer(SCRIPT, ask(0, BASH, RENEW))
    assert (first.tool, first.args) == (BASH, {"command": "make"})
    assert first.usage == Usage(42, 40, tokens_of("bash") + tokens_of('{"command":"make"}'))
    second = answer(SCRIPT, ask(1, BASH, RENEW))
    assert (second.tool, second.args) == (RENEW, {"n": 1})
    for done in (2, 3, 1000):
        last = answer(SCRIPT, ask(done, BASH, RENEW))
        assert (last.tool, last.text, last.usage.output) == (None, "Fixed.", tokens_of("Fixed."))


def test_a_request_without_tools_gets_the_plain_text() -> None:
    assert answer(SCRIPT, ask(0)).text == "A title"
    assert answer(Script(final="f"), ask(0)).text == "f"


def test_a_tool_that_is_not_offered_is_told_with_those_that_are() -> None:
    with pytest.raises(Invalid, match="no offered tool is a shell") as told:
        answer(SCRIPT, ask(0, RENEW))
    assert "mcp__windlass__renew" in told.value.hint
    with pytest.raises(Invalid, match="ends in 'renew', 0 are offered"):
        answer(SCRIPT, ask(1, BASH))
    with pytest.raises(Invalid, match="2 are offered"):
        answer(SCRIPT, ask(1, RENEW, Offer("other_renew")))
    assert answer(SCRIPT, ask(1, RENEW, Offer("renew"))).tool == Offer("renew")


def test_what_an_earlier_request_held_counts_as_seen() -> None:
    parts, turns = ["abcd"], ["abcdefgh", "my turn.", "abcd"]
    assert seen_and_fresh(parts, turns, 1) == (3, 3)
    assert seen_and_fresh(parts, turns[:1], -1) == (0, 3)
