"""A profile's model and limits: what holds them, and what is refused since nothing could."""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.app.shop import Shop
from tests.app.test_lines import SETTINGS as PROVIDER
from tests.app.test_lines import asking, heard, job

from windlass.app.config_agents import Limits, Profile
from windlass.app.config_values import Plug
from windlass.app.lines import open_lines
from windlass.app.profiles import OUTSIDE, UNASKED, held_by, limited, with_model
from windlass.app.wiring import open_launcher, runner_of
from windlass.dispatch import budgets
from windlass.kernel import Invalid
from windlass.scripted import Script, serving

AGENT = Plug("coder", "agent", {"preset": "scripted", "provider": "p"})
PLAIN = Plug("plain", "command", {"command": "fix"})
ONE = Profile("coder", model="m-1", runner=AGENT, limits=Limits(requests=7, window_s=60.0, cost=0.5))


def test_what_is_limited_becomes_a_budget_and_a_window() -> None:
    found = limited(budgets.Budget(), (ONE, Profile("outside"), Profile("plain", runner=PLAIN)))
    assert found.task_of == (("coder", ((budgets.Counter.MONEY, 500_000),)),)
    assert found.windows == (("coder", 7, 60.0),)


@pytest.mark.parametrize("runner", [None, PLAIN])
def test_money_that_nobody_sees_go_is_not_limited(runner: Plug | None) -> None:
    with pytest.raises(Invalid, match="'coder' limits its cost, which nobody could measure"):
        limited(budgets.Budget(), (replace(ONE, runner=runner),))


def test_the_model_is_told_to_a_runner_that_takes_one_and_named_once() -> None:
    assert with_model(ONE, AGENT).settings["model"] == "m-1"
    assert with_model(ONE, PLAIN) == PLAIN
    spec = runner_of(ONE)
    assert spec is not None
    assert (spec.model, spec.settings["model"], spec.requests_max, spec.window_s) == ("m-1", "m-1", 7, 60.0)
    with pytest.raises(Invalid, match="names model 'm-1', and its runner 'm-2'"):
        with_model(ONE, replace(AGENT, settings={**AGENT.settings, "model": "m-2"}))


def test_everything_is_told_with_what_holds_it() -> None:
    held = held_by(ONE)
    assert held.keys() == {"model", "requests", "cost", "time", "memory_mb"}
    assert held["requests"].startswith("the meter")
    assert set(held_by(Profile("x")).values()) == {OUTSIDE}
    assert held_by(Profile("x", runner=PLAIN))["cost"] == UNASKED


AGENTS = """
[[agents]]
name = "coder"
model = "m-{model}"
runner = {{kind = "command", command = "think", provider = "scripted"}}
limits = {{requests = 2, window = "1h"}}
"""


@pytest.mark.parametrize(("model", "codes"), [("other", ["403"]), ("1", ["200", "200", "429"])])
def test_the_box_of_a_profile_asks_its_model_as_often_as_it_may(
    shop: Shop, tmp_path: Path, model: str, codes: list[str]
) -> None:
    file = tmp_path / "settings.toml"
    with serving(Script()) as url:
        file.write_text(
            PROVIDER.format(url=url).replace('key = "env:MODEL_KEY"\n', "") + AGENTS.format(model=model)
        )
        env = {**shop.env, "WINDLASS_CONFIG": str(file)}
        shop.outside.more_env.update(env)
        plant, said = shop.open(), []
        with open_lines(plant.home, env) as lines:
            kit = lines.kit(plant)
            for fence in range(1, len(codes) + 1):
                with asking(open_launcher(plant), kit.doors(job(7, fence, "coder"))) as dialogue:
                    said.append(heard(dialogue).split()[1])
    assert said == codes
