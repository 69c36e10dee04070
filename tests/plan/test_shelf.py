"""Playbooks on the shelf: windlass's own, and the owner's over them."""

from pathlib import Path

import pytest

from windlass.kernel import Invalid
from windlass.plan import Demand, playbooks
from windlass.plan.shelf import PLAYBOOK_MAX

OWN = 'name = "bug"\nsummary = "Ours."\nkinds = ["bug", "feature"]\nred = "note"\n'


def test_those_that_are_shipped_ask_for_red_where_behaviour_is_claimed() -> None:
    shipped = playbooks()
    assert {name: one.red for name, one in shipped.by_name.items()} == {
        "bug": Demand.REFUSE, "feature": Demand.REFUSE, "security": Demand.NOTE, "refactor": Demand.NONE,
        "docs": Demand.NONE, "tests": Demand.NONE, "dependency": Demand.NONE, "mechanical": Demand.NONE,
        "change": Demand.NONE,
    }  # fmt: skip
    assert shipped.fitting("", "critical-bug").name == "bug"
    assert shipped.fitting("", "technical-debt").name == "change"
    assert all(one.steps for one in shipped.by_name.values() if one.name not in ("mechanical", "change"))


def test_an_own_one_replaces_its_name_and_takes_its_kinds(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(OWN)
    found = playbooks((tmp_path / "none", tmp_path))
    assert found.fitting("", "bug").red is Demand.NOTE
    assert found.fitting("", "feature").origin == str(tmp_path / "ours.toml")
    assert found.named("feature").kinds == ()


def test_what_cannot_be_used_says_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(OWN)
    (tmp_path / "b.toml").write_text(OWN.replace('"bug"', '"bugs"', 1))
    with pytest.raises(Invalid, match="two playbooks have the kind bug, feature"):
        playbooks((tmp_path,))
    (tmp_path / "b.toml").write_bytes(b"\xff")
    with pytest.raises(Invalid, match=r"b\.toml cannot be read"):
        playbooks((tmp_path,))
    (tmp_path / "b.toml").write_text("#" * (PLAYBOOK_MAX + 1))
    with pytest.raises(Invalid, match="more than 32768 bytes"):
        playbooks((tmp_path,))
