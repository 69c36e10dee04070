"""Playbooks are data: read whole or refused with everything that is wrong."""

import pytest

from windlass.kernel import Invalid
from windlass.plan import Demand, Playbook, Playbooks
from windlass.plan.playbook import Step, parse_playbook

GOOD = """
name = "slow"
summary = "With care."
kinds = ["slow", "careful"]
red = "ask"
security_grave = "refuse"
docs = "note"
also = ["tests/"]

[[step]]
name = "look"
text = "Look twice."
"""
WRONG = {
    'red = "ask"': ('red = "maybe"', "red must be one of none, note, ask, refuse, not 'maybe'"),
    'security_grave = "refuse"': ("security_grave = true", "security_grave must be one of none"),
    'docs = "note"': ("docs = 1", "docs must be one of none"),
    'name = "slow"': ('name = "Slow one"', "is not a lower-case word"),
    'summary = "With care."': ("", "summary must be a text"),
    'kinds = ["slow", "careful"]': ('kinds = "slow"', "kinds must be a list"),
    'also = ["tests/"]': ("also = [1]", "also must be a list"),
    'text = "Look twice."': ("", "step 1: text must be a text"),
    "[[step]]": ("[step]", "step must be at most"),
    'name = "look"': ('name = "look"\nhow = "well"', "step 1: unknown how; known: name, text"),
    "[[step]]\n": ("colour = 1\n[[step]]\n", "unknown colour"),
}


def test_a_file_becomes_a_playbook() -> None:
    made = parse_playbook(GOOD, "slow.toml", "here")
    steps = (Step("look", "Look twice."),)
    assert made == Playbook(
        "slow", "With care.", ("slow", "careful"), Demand.ASK, Demand.NONE, Demand.REFUSE, Demand.NOTE,
        ("tests/",), steps, "here",
    )  # fmt: skip
    assert made.scans
    assert not made.silent
    plain = Playbook("change", "Any.", ())
    assert (plain.scans, plain.silent) == (False, True)


@pytest.mark.parametrize("good", WRONG)
def test_each_mistake_is_named_with_its_file(good: str) -> None:
    bad, why = WRONG[good]
    with pytest.raises(Invalid, match=r"playbook slow\.toml") as refused:
        parse_playbook(GOOD.replace(good, bad, 1), "slow.toml")
    assert why in str(refused.value)


def test_all_mistakes_are_told_at_once_and_broken_toml_is_one() -> None:
    text = GOOD.replace('"ask"', '"maybe"').replace('summary = "With care."', "")
    with pytest.raises(Invalid, match=r"summary must be .*; red must be"):
        parse_playbook(text, "slow.toml")
    with pytest.raises(Invalid, match="not TOML"):
        parse_playbook("name =", "slow.toml")


def test_the_playbook_is_found_by_name_then_by_kind_then_there_is_one_for_anything() -> None:
    any_, slow = Playbook("change", "Any.", ()), Playbook("slow", "Slow.", ("careful",))
    all_ = Playbooks({"change": any_, "slow": slow})
    assert all_.fitting("slow", "other") is slow
    assert all_.fitting("gone", "other", "careful") is slow
    assert all_.fitting("", "other") is any_
    assert all_.named("slow") is slow
    with pytest.raises(Invalid, match="no playbook 'fast'"):
        all_.named("fast")


def test_a_worker_is_told_the_text_the_steps_and_the_checks() -> None:
    made = parse_playbook(GOOD, "slow.toml")
    told = made.told("Mend it.", ("make check",))
    assert told.startswith("Mend it.\n\nHow this is done (playbook slow):\n1. look: Look twice.\n\nDone when")
    assert told.endswith("\n- `make check`")
    assert Playbook("change", "Any.", ()).told("Mend it.", ()) == "Mend it."
