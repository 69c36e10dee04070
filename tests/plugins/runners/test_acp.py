"""The runner of agents that speak ACP: its settings. What it does is tested with the agents and with all
runners.
"""

import pytest

from windlass.dispatch import RUNNERS, Offer
from windlass.kernel import Denied, Tools

TOOLS = Tools(lambda: 1.0, lambda *a, **k: None, str)
GOOD = {"preset": "opencode-acp", "model": "m"}


def test_it_takes_what_its_lists_name() -> None:
    made = RUNNERS.open(
        "acp", {**GOOD, "rules": ("TO*",), "allow": ("fetch",), "refuse": ("execute",)}, TOOLS
    )
    assert made.accepts(Offer("comments", "TODO", "debt", False, ("a",)))
    assert not made.accepts(Offer("comments", "FIXME", "debt", False, ("a",)))


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"preset": "codex"}, "is a command"), ({"allow": ("dance",)}, "no kinds of tools"),
        ({"refuse": ("dance",)}, "no kinds of tools"), ({"acts_max": 0}, "bounds above 0"),
    ],
)  # fmt: skip
def test_wrong_settings_are_told(settings: dict[str, object], told: str) -> None:
    with pytest.raises(Exception, match=told):
        RUNNERS.open("acp", {**GOOD, **settings}, TOOLS)


def test_without_a_model_in_the_box_nothing_is_started() -> None:
    with pytest.raises(Denied, match="no model"):
        RUNNERS.open("acp", GOOD, TOOLS).work(None)
