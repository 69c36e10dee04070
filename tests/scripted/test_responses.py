"""OpenAI responses: what is theirs alone."""

import pytest
from tests.scripted.asking import RESPONSES

from windlass.kernel import Invalid
from windlass.scripted import Call, Run, Script
from windlass.scripted.responses import RESPONSES as DIALECT
from windlass.scripted.turn import answer


def test_tools_of_codex_are_understood() -> None:
    inner = {"type": "function", "name": "renew_lease", "parameters": {}}
    tools = [
        {"type": "namespace", "name": "mcp__windlass", "tools": [inner]}, {"type": "local_shell"},
        {"type": "custom", "name": "apply_patch"}, {"type": "web_search"},
    ]  # fmt: skip
    steps = (Run("ls"), Call("renew_lease", {}), Call("apply_patch", {"input": "*** Begin"}))
    items = []
    for done in range(3):
        ask = DIALECT.read({**RESPONSES.body(done, {}, False), "tools": tools}, "")
        assert [offer.name for offer in ask.offers] == ["renew_lease", "local_shell", "apply_patch"]
        items.append(DIALECT.whole(ask, answer(Script(steps), ask))["output"][0])  # type: ignore[index]
    assert [item["type"] for item in items] == ["local_shell_call", "function_call", "custom_tool_call"]
    assert items[0]["action"]["command"] == ["bash", "-lc", "ls"]
    assert items[1]["namespace"] == "mcp__windlass"
    assert items[2]["input"] == "*** Begin"


def test_nothing_is_remembered_between_requests() -> None:
    with pytest.raises(Invalid, match="no previous response"):
        DIALECT.read({"model": "m", "input": "hello", "previous_response_id": "resp_1"}, "")
