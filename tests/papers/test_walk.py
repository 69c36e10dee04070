"""The files of a tree as they lie there."""

from pathlib import Path

import pytest

from windlass.papers import walk


@pytest.fixture
def tree(tmp_path: Path) -> walk.Tree:
    for path in ("a.md", "docs/b.md", "docs/old/c.md", "node_modules/x/d.md", ".git/e.md"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x")
    (tmp_path / ".gitmodules").write_text('[submodule "m"]\n\tpath = lib/m\n\turl = u\n')
    (tmp_path / "link.md").symlink_to("/etc/passwd")
    (tmp_path / "there").symlink_to("docs")
    return walk.walk(str(tmp_path))


def test_links_are_seen_and_never_followed(tree: walk.Tree) -> None:
    assert set(tree.sizes) == {"a.md", "docs/b.md", "docs/old/c.md", "node_modules/x/d.md", ".gitmodules"}
    assert tree.links == {"link.md", "there"}
    with pytest.raises(OSError, match="link"):
        tree.read("link.md", 10)
    assert tree.read("a.md", 10) == b"x"


def test_what_is_there_and_what_nobody_can_say(tree: walk.Tree) -> None:
    for path in ("a.md", "docs", "docs/old", "", "link.md", "there/b.md", "lib/m", "lib/m/x/y.md"):
        assert tree.has(path), path
    for path in ("b.md", "docs/b", "lib", "lib/mm"):
        assert not tree.has(path), path


@pytest.mark.parametrize(
    ("leave_out", "left"),
    [
        ((), ["a.md", "docs/b.md", "docs/old/c.md"]),
        (("docs",), ["a.md"]),
        (("docs/*.md",), ["a.md", "docs/old/c.md"]),
        (("**/*.md",), []),
        (("docs/**/c.md", "?.md"), ["docs/b.md"]),
    ],
)
def test_what_others_wrote_and_what_is_left_out_is_not_chosen(
    tree: walk.Tree, leave_out: tuple[str, ...], left: list[str]
) -> None:
    assert walk.chosen(tree.sizes, (".md",), leave_out) == left


def test_too_large_a_tree_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walk, "ENTRIES_MAX", 2)
    for name in "abc":
        (tmp_path / name).touch()
    with pytest.raises(walk.TooMany):
        walk.walk(str(tmp_path))
