"""Markdown of real trees: what points to nothing is found, also where only the target is gone."""

from collections.abc import Callable

from windlass.plugins.checks.documents import Settings, open
from windlass.verify import Outcome, Reading, Scene

Read = Callable[..., Reading]
README = b"""# The shop

See [how](docs/how.md#to-pay-2x), ![it](docs/it.png) and [below](#the-shop).
"""
HOW = b"# How\n\n## To pay (2x)\n\nBack to [the top](../README.md).\n"
TREE = {"README.md": README, "docs/how.md": HOW, "docs/it.png": b"png"}


def test_what_leads_somewhere_passes(read: Read) -> None:
    found = read("documents", TREE)
    assert (found.outcome, found.detail) == (Outcome.PASSED, "2 files")


def test_a_target_that_is_gone_is_found_though_its_reader_did_not_change(read: Read) -> None:
    found = read("documents", {path: TREE[path] for path in ("README.md", "docs/it.png")})
    assert found.outcome is Outcome.FAILED
    assert dict(found.counts) == {"README.md|missing-target docs/how.md#to-pay-2x": 1}
    assert found.why == {
        "README.md|missing-target docs/how.md#to-pay-2x": "line 3: 'docs/how.md' is not in the tree"
    }
    renamed = read("documents", {**TREE, "docs/how.md": HOW.replace(b"To pay", b"Paying")})
    assert list(renamed.counts) == ["README.md|missing-anchor docs/how.md#to-pay-2x"]


def test_what_cannot_be_read_is_a_finding_of_its_file(read: Read) -> None:
    found = read("documents", {"a.md": b"# \xff\n", "b.md": b"fine\n"})
    assert dict(found.counts) == {"a.md|unread": 1}


def test_paths_can_be_left_out_and_the_check_switched_off(read: Read) -> None:
    tree = {"docs/old/a.md": b"[x](nowhere.md)\n", "b.md": b"fine\n"}
    assert read("documents", tree).outcome is Outcome.FAILED
    assert read("documents", tree, table={"leave_out": ["docs/**/*.md"]}).outcome is Outcome.PASSED
    scene = Scene(frozenset({"a.md", "b.py"}), "/", {}, ("gone.py",), {}, "/python", lambda argv, **_: None)
    assert open(Settings(off=True), None).absent(scene) == "[verify] leave_out names it"


def test_it_runs_where_markdown_is_touched_or_a_file_is_gone() -> None:
    there = frozenset({"a.md", "b.py"})
    for changed, runs in ((("b.py",), False), (("gone.py",), True), (("a.md",), True), ((), False)):
        scene = Scene(there, "/", {}, changed, {}, "/python", lambda argv, **_: None)
        assert (open(Settings(), None).absent(scene) == "") is runs


def test_hostile_documents_end_soon(read: Read) -> None:
    text = b"> " * 20_000 + b"\n" + b"[" * 50_000 + b"\n" + b"![](" * 20_000 + b"\n" + b"*a_ " * 20_000
    found = read("documents", {"a.md": text, "b.md": b"[x](nowhere.md)\n"})
    assert found.seconds < 30
    assert "b.md|missing-target nowhere.md" in found.counts
