"""Repairs are made on a copy and judged against what was there; `tests/cli/test_fix.py` has the whole."""

from collections.abc import Callable

from windlass.dispatch import Site
from windlass.verify.model import Outcome
from windlass.verify.repairing import repaired

RULES = b'[tool.ruff.lint]\nselect = ["F"]\n[tool.ruff.format]\n'


def test_the_tools_of_the_checks_repair_and_the_modes_stay(site: Site, tree: Callable[..., str]) -> None:
    old = tree({"pyproject.toml": RULES, "a.py": b"import os\nx = {1:2}\n", "b.py": b"y = {1:2}\n"})
    done = repaired(site, old, ["a.py", "gone.py"], within_s=60.0)
    assert done.tools == ("ruff_lint", "ruff_format")
    after = site.mirror.listing(done.tree)
    assert dict(site.mirror.blobs([after["a.py"].oid], 100)) == {after["a.py"].oid: b"x = {1: 2}\n"}
    assert [one.path for one in site.mirror.changed(old, done.tree)] == ["a.py"]
    assert done.judgement is not None
    assert done.judgement.outcome is not Outcome.FAILED
    assert repaired(site, done.tree, ["a.py"], within_s=60.0).judgement is None


def test_without_rules_of_the_project_nothing_is_repaired(site: Site, tree: Callable[..., str]) -> None:
    old = tree({"a.py": b"import os\nx = {1:2}\n"})
    assert repaired(site, old, ["a.py"], within_s=60.0).tools == ()
