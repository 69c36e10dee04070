"""Agents of the founding form, of ours, and of nobody's."""

import pytest
import yaml
from tests.app.founding_texts import AGENTS

from windlass.app.config_sections import KEYS
from windlass.app.founding import Reading, join
from windlass.app.founding_agents import SETTING, read_agents


def profiles(reading: Reading) -> list[dict[str, object]]:
    assert reading.mistakes == []
    found = join(SETTING, [one for one in reading.told if one.setting])
    assert isinstance(found, list)
    KEYS[SETTING].shape.read(found)
    return found


def read(text: str, *, owners: bool = False) -> Reading:
    return read_agents("agents.yaml", yaml.safe_load(text), owners=owners)


def test_the_founding_form_becomes_profiles() -> None:
    assert profiles(read(AGENTS, owners=True)) == [
        {"name": "frontend", "summary": "Pages and components", "model": "some-model",
         "skills": ["UI/UX", "React"], "limits": {"memory_mb": 4096}},
        {"name": "release-agent", "summary": "Ships"},
    ]  # fmt: skip


def test_what_costs_money_is_taken_only_from_a_file_that_the_owner_named() -> None:
    reading = read(AGENTS)
    assert profiles(reading)[0] == {
        "name": "frontend", "summary": "Pages and components", "skills": ["UI/UX", "React"]
    }  # fmt: skip
    (told,) = [one for one in reading.told if "owner" in one.why]
    assert told.key == "agents.frontend_agent model, limits"


def test_what_has_no_place_is_told() -> None:
    told = {one.key: one.value for one in read(AGENTS).told if not one.setting and "owner" not in one.why}
    assert told == {
        "common": "1 key",
        "agents.frontend_agent": "type LlmAgent, max_tokens 4096, resource_limits.cpu 2",
        "agents.release_agent": "type BaseAgent, permissions deploy:production",
    }


def test_our_own_forms_are_taken_as_they_are() -> None:
    assert profiles(read("[frontend, {name: billing, skills: [sql]}]")) == [
        {"name": "frontend"}, {"name": "billing", "skills": ["sql"]}
    ]  # fmt: skip
    assert profiles(read("billing: {skills: [sql]}\nqa:\n")) == [
        {"name": "billing", "skills": ["sql"]}, {"name": "qa"}
    ]  # fmt: skip


def test_agents_of_another_tool_are_left() -> None:
    reading = read("researcher: {role: Researcher, goal: find, backstory: long}")
    assert [(one.key, one.why) for one in reading.told] == [
        ("agents.researcher", "no form of agents that windlass knows")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [("3", "must be a list or a table"), ("[3]", "must be a name or a table"),
     ("[{summary: x}]", "is missing"), ("[{name: Bad Name!}]", "small letters"),
     ("[qa, qa]", "is named twice"), ("[{name: qa, skills: sql}]", "must be a list"),
     ("agents: {a: [{name: x, description: 3}]}", "must be a text"),
     ("[" + ", ".join(f"a{n}" for n in range(101)) + "]", "more than 100")],
)  # fmt: skip
def test_mistakes_are_named(text: str, words: str) -> None:
    told = [one.line() for one in read(text, owners=True).mistakes]
    assert any(words in line for line in told), told
