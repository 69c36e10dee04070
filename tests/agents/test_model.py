"""The values of agents: tokens add up, and the first words of outcomes are one word each."""

from windlass.agents.model import End, Tokens


def test_tokens_add_up() -> None:
    assert Tokens(1, 2) + Tokens(3, 4) == Tokens(4, 6)


def test_the_first_word_of_an_outcome_is_one_word() -> None:
    assert all(" " not in end.value and ":" not in end.value for end in End)
