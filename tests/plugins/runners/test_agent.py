"""The runner of agents that are commands: its settings. What it does is tested with the agents and with all
runners.
"""

import pytest

from windlass.agents import preset_named
from windlass.dispatch import RUNNERS, Offer
from windlass.kernel import Denied, Invalid, Tools

TOOLS = Tools(lambda: 1.0, lambda *a, **k: None, str)
GOOD = {"preset": "codex", "model": "m"}


def test_it_takes_what_its_lists_name() -> None:
    made = RUNNERS.open("agent", {**GOOD, "sources": ("comments",)}, TOOLS)
    assert made.accepts(Offer("comments", "TODO", "debt", False, ("a",)))
    assert not made.accepts(Offer("ruff", "F401", "debt", False, ("a",)))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"preset": "kodex"}, "no preset 'kodex'"), ({"preset": "opencode-acp"}, "speaks ACP"),
        ({"model": ""}, "the name of a model"), ({"idle_s": 0.0}, "bounds above 0"),
    ],
)  # fmt: skip
def test_wrong_settings_are_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(Exception, match=told):
        RUNNERS.open("agent", {**GOOD, **settings}, TOOLS)


def test_a_preset_of_ones_own_is_given_whole() -> None:
    assert RUNNERS.open("agent", {**GOOD, "preset": preset_named("scripted")}, TOOLS)


def test_without_a_model_in_the_box_nothing_is_started() -> None:
    with pytest.raises(Denied, match="no model"):
        RUNNERS.open("agent", GOOD, TOOLS).work(None)


def test_a_setting_is_needed() -> None:
    with pytest.raises(Invalid, match="model"):
        RUNNERS.open("agent", {"preset": "codex"}, TOOLS)
