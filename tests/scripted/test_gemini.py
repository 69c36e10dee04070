"""Gemini: what is theirs alone."""

from tests.scripted.asking import GEMINI, SHELL

from windlass.scripted import Script
from windlass.scripted.gemini import GEMINI as DIALECT
from windlass.scripted.gemini import parts
from windlass.scripted.turn import answer


def test_the_path_names_the_model_and_the_stream() -> None:
    ask = DIALECT.read(GEMINI.body(0, SHELL, True), "/v1beta/models/gemini-x.1:streamGenerateContent")
    assert (ask.model, ask.streamed) == ("gemini-x.1", True)
    assert not DIALECT.read(GEMINI.body(0, SHELL, True), "/v1beta/models/x:generateContent").streamed


def test_only_the_last_part_says_why_it_ended_and_what_it_cost() -> None:
    ask = DIALECT.read(GEMINI.body(1, SHELL, True), "/models/x:streamGenerateContent")
    told: list[dict[str, dict[str, int]]] = parts(ask, answer(Script(final="x" * 100), ask))  # type: ignore[assignment]  # JSON
    assert len(told) == 3
    assert ["candidatesTokenCount" in part["usageMetadata"] for part in told] == [False, False, True]
    assert {part["usageMetadata"]["cachedContentTokenCount"] for part in told} == {ask.seen}
