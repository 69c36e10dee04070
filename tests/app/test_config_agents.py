"""Profiles of agents: shipped, changed, refused where a repository may not say it; every mistake at once."""

import pytest
from tests.app.shop import Shop

from windlass import dispatch
from windlass.app.config import load
from windlass.app.config_agents import Profile, agent_tables, owners_faults, shipped
from windlass.app.config_values import Complaint
from windlass.app.wiring import runner_of, runners_of, settings_place, skills_of
from windlass.kernel import Invalid
from windlass.mesh import roles

SHAPE = agent_tables("a list of profiles")
WORKS = {"name": "backend", "runner": {"kind": "command", "command": "fix-it"}}


def test_eleven_are_shipped_each_with_skills_a_prompt_and_a_procedure_that_exists() -> None:
    found = shipped()
    assert [one.name for one in found] == [
        "frontend", "backend", "algorithm", "devops", "approval", "security", "integration", "qa",
        "librarian", "architect", "audit",
    ]  # fmt: skip
    assert all(one.skills and one.prompt and one.sop in roles() for one in found)
    assert {one.limits.requests for one in found} == {100}
    assert SHAPE.read(SHAPE.show(found)) == found


def test_a_table_says_only_what_is_different() -> None:
    (one,) = SHAPE.read([{**WORKS, "limits": {"time": "5m", "memory_mb": 512, "cost": 2}}])
    assert (one.skills, one.limits.time_s, one.limits.requests) == (("python", "sql", "http"), 300.0, 100)
    spec = runner_of(one)
    assert spec is not None
    assert (spec.kind, spec.limits.wall_s, spec.limits.memory_max) == ("command", 300.0, 512 * 2**20)
    assert (spec.requests_max, spec.window_s) == (100, 3600.0)
    assert spec.settings["sources"] == ("person",)
    assert spec.prompt == one.prompt


def test_without_a_runner_it_is_a_lane_with_skills_and_takes_what_it_names() -> None:
    plain, taking = SHAPE.read(["frontend", {"name": "docs", "lane": "papers", "categories": ["docs"]}])
    assert runner_of(plain) is None
    spec = runner_of(taking)
    assert spec is not None
    assert (spec.kind, spec.settings) == ("outside", {"lane": "papers", "categories": ("docs",)})


@pytest.mark.parametrize(
    ("given", "places"),
    [
        ("backend", [""]),
        ([3], ["[0]"]),
        (["backend", "backend"], ["[1].name"]),
        ([{"skills": "python"}], ["[0].name", "[0].skills"]),
        ([{"name": "A b", "color": 1}], ["[0]", "[0].name"]),
        ([{"name": "a", "limits": {"time": 3, "speed": 1}}], ["[0].limits", "[0].limits.time"]),
        ([{"name": "a", "runner": {"kind": ""}}], ["[0].runner.kind", "[0].runner.name"]),
        ([{**WORKS, "lane": "other"}], ["[0].lane"]),
    ],
)
def test_every_mistake_is_told_at_its_place(given: object, places: list[str]) -> None:
    with pytest.raises(Complaint) as told:
        SHAPE.read(given)
    assert [fault.at for fault in told.value.faults] == places


def test_a_repository_may_not_say_who_works_with_what_and_for_how_much() -> None:
    told = [{**WORKS, "model": "large", "limits": {"cost": 100}, "skills": ["python"]}]
    assert [fault.at for fault in owners_faults(told)] == ["[0].runner", "[0].model", "[0].limits"]


def test_both_files_are_read_and_all_that_is_wrong_is_told_at_once() -> None:
    outer = b"agents:\n  backend: {skills: [go]}\n  qa:\n"
    loaded = load({}, agents=[("agents.yaml", outer, True)])
    assert [one.name for one in loaded.config.agents.agent] == ["backend", "qa"]
    assert loaded.config.agents.agent[0].skills == ("go",)
    toml = b'[[agents]]\nname = "audit"\n'
    loaded = load({}, agents=[("agents.yaml", outer, True)], project=("windlass.toml", toml))
    assert [one.name for one in loaded.config.agents.agent] == ["audit"]
    with pytest.raises(Invalid) as told:
        load({}, agents=[("agents.yaml", b"- {name: x, model: m}\n- {colour: 1}\n", True)])
    for text in (
        "agents[0].model = 'm': may not be set from inside",
        "agents[1]: 'colour'",
        "agents[1].name",
    ):
        assert text in str(told.value)


def test_a_profile_works_in_its_repository(shop: Shop) -> None:
    shop.commit({"agents.yaml": "- {name: backend, skills: [python]}\n"})
    place = settings_place(shop.open().home, shop.repo)
    assert skills_of(shop.open().config) == {"backend": ("python",)}
    place.with_name("agents.yaml").write_text("- {name: backend, runner: {kind: command, command: 'true'}}\n")
    config = shop.open().config
    assert dispatch.staff(runners_of(config)).here == ("mechanic", "backend")
    clash = Profile("mechanic", runner=config.agents.agent[0].runner)
    place.with_name("agents.yaml").write_text(f"- {{name: {clash.name}, runner: {{kind: mechanic}}}}\n")
    with pytest.raises(Invalid, match="are two"):
        runners_of(shop.open().config)


def test_a_profile_names_a_provider_that_there_is() -> None:
    mine = b"- {name: x, runner: {kind: agent, preset: scripted, provider: nobody}}\n"
    with pytest.raises(Invalid, match=r"agents.agent\[0\].runner.provider = 'nobody': is no provider"):
        load({}, agents=[("agents.yaml", mine, False)])
