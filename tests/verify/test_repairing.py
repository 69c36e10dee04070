"""Repairs are made on a copy and judged against what was there; `tests/cli/test_fix.py` has the whole."""

import os
import shutil
from collections.abc import Callable

import pytest
from tests.verify.conftest import PROJECT

from windlass.dispatch import Site
from windlass.languages import toolchain_of
from windlass.verify.model import Outcome
from windlass.verify.repairing import repaired

RUST = shutil.which("cargo-fmt") and "cargo" in toolchain_of(("rust",), os.environ).programs
RULES = b'[tool.ruff.lint]\nselect = ["F"]\n[tool.ruff.format]\n'
OLD = b"import os\nimport re\n\nx = [f'a', f'b', re]\n"
"""An unused import and two texts that are formatted for nothing."""


def content(site: Site, tree: str, path: str) -> bytes:
    oid = site.mirror.listing(tree)[path].oid
    return dict(site.mirror.blobs([oid], 1000))[oid] or b""


def test_the_tools_of_the_checks_repair_and_the_modes_stay(site: Site, tree: Callable[..., str]) -> None:
    old = tree({"pyproject.toml": RULES, "a.py": b"import os\nx = {1:2}\n", "b.py": b"y = {1:2}\n"})
    done = repaired(site, old, old, ["a.py", "gone.py"], within_s=60.0)
    assert done.tools == {"ruff_lint": ("a.py",), "ruff_format": ("a.py",)}
    assert content(site, done.tree, "a.py") == b"x = {1: 2}\n"
    assert [one.path for one in site.mirror.changed(old, done.tree)] == ["a.py"]
    assert done.judgement is not None
    assert done.judgement.outcome is not Outcome.FAILED
    again = repaired(site, done.tree, old, ["a.py"], within_s=60.0)
    assert (again.judgement, again.tools) == (None, {"ruff_lint": (), "ruff_format": ()})


def test_without_rules_of_the_project_only_what_is_new_is_repaired(
    site: Site, tree: Callable[..., str]
) -> None:
    base = tree({"a.py": OLD, "moved.py": b"import sys\n" + OLD * 4, "b.py": b"import os\n"})
    new = tree({
        "a.py": OLD.replace(b"\nx", b"import json\ny = {f'c' :1}\nx"), "b.py": b"import os\n",
        "here.py": OLD * 4 + b"z = f'd'\n" + b"import sys\n",
    })  # fmt: skip
    done = repaired(site, new, base, ["a.py", "b.py", "here.py"], within_s=60.0)
    assert (done.tools, done.fresh) == ({"ruff_lint": ("a.py", "here.py")}, ("ruff_lint",))
    assert content(site, done.tree, "a.py") == OLD.replace(b"\nx", b"y = {'c' :1}\nx")
    assert content(site, done.tree, "here.py") == OLD * 4 + b"z = 'd'\nimport sys\n"
    assert ["here.py E402 6 -> 7" in text for text in done.left] == [True]


def test_what_lost_its_last_use_is_new_though_its_line_is_old(site: Site, tree: Callable[..., str]) -> None:
    base, new = tree({"a.py": OLD}), tree({"a.py": OLD.replace(b", re", b"")})
    done = repaired(site, new, base, ["a.py"], within_s=60.0)
    assert content(site, done.tree, "a.py") == b"import os\n\nx = [f'a', f'b']\n"


def test_what_no_tool_repairs_is_told(site: Site, tree: Callable[..., str]) -> None:
    base, new = tree({"a.py": OLD}), tree({"a.py": OLD + b"print(missing)\n"})
    done = repaired(site, new, base, ["a.py"], within_s=60.0)
    assert (done.judgement, done.tools) == (None, {"ruff_lint": ()})
    (left,) = done.left
    assert "ruff_lint: 1 violations are new" in left
    assert "a.py F821 0 -> 1" in left
    assert repaired(site, base, base, ["a.py"], within_s=60.0).left == ()


CARGO: dict[str, bytes | None] = {
    **dict.fromkeys(PROJECT), "Cargo.toml": b'[package]\nname = "demo"\nversion = "1.0.0"\nedition = "2021"\n'
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.skipif(not RUST, reason="there is no toolchain of Rust here, for this HOME")
def test_a_formatter_that_nobody_set_up_leaves_alone_what_it_would_not_refuse(
    site: Site, tree: Callable[..., str]
) -> None:
    old, good = b"pub fn  old() {}\n", b"pub fn good() {}\n"
    files = {"src/lib.rs": b"pub mod good;\npub mod old;\n", "src/old.rs": old}
    base = tree({**CARGO, **files, "src/good.rs": good})
    files["src/old.rs"] += b"\n"
    new = tree({**CARGO, **files, "src/good.rs": b"pub fn  good() {}\n"})
    done = repaired(site, new, base, ["src/good.rs", "src/old.rs"], within_s=60.0)
    assert (done.tools["cargo-fmt"], done.fresh) == (("src/good.rs",), ("cargo-fmt",)), done
    assert content(site, done.tree, "src/good.rs") == good
    assert content(site, done.tree, "src/old.rs") == old + b"\n"
    chosen = {**CARGO, **files, "src/good.rs": good, "rustfmt.toml": b""}
    whole = repaired(site, tree(chosen), base, ["src/old.rs"], within_s=60.0)
    assert whole.tools["cargo-fmt"] == ("src/old.rs",)
