"""Names and links that mean something else on some disk."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.workspace.names import bad_name, escapes

BAD = [
    "",
    ".",
    "..",
    ".git",
    ".GIT",
    ".Git",
    ".git ",
    ".git.",
    ".git...",
    ".git . ",
    ".git:stream",
    ".git::$INDEX_ALLOCATION",
    "git~1",
    "GIT~1",
    "git~12",
    ".g\u200cit",
    ".gi\ufefft",
    "\u202e.git",
    "a\\b",
    "a\0",
    "a\x7f",
    "\x1b[2J",
    "n" * 256,
    "\u00fc" * 128,
    ".GITMODULES",
    ".gitmodules.",
    ".git\u200dattributes",
]


@pytest.mark.parametrize("name", BAD)
def test_bad_names(name):
    assert bad_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "a",
        ".gitignore",
        ".gitattributes",
        ".gitmodules",
        "git",
        "git~",
        ".github",
        "a b",
        "..a",
        "a..",
        "n" * 255,
        "\udcff",
    ],
)
def test_good_names(name):
    assert bad_name(name) is None


LINKS = {
    "up": ".",
    "a/b/top": "../..",
    "out": "/etc",
    "loop": "loop",
    "one": "two",
    "two": "one",
    "deep/er": "../a/b",
}


@pytest.mark.parametrize(
    ("path", "target", "inside"),
    [
        ("l", "a", True),
        ("l", "./a//b/.", True),
        ("a/l", "../b", True),
        ("a/l", "..", True),
        ("l", "nowhere/x", True),
        ("l", "..", False),
        ("a/l", "../..", False),
        ("l", "/", False),
        ("l", "/etc/passwd", False),
        ("l", "up/x", True),
        ("l", "up/..", False),
        ("l", "a/b/top/x", True),
        ("l", "a/b/top/..", False),
        ("l", "out/passwd", False),
        ("l", "loop/x", False),
        ("l", "one", False),
        ("l", "deep/er/top/..", False),
        ("l", ".git/config", False),
        ("l", "a/.GIT/x", False),
        ("l", "deep/er/../../a", True),
    ],
)
def test_links(path, target, inside):
    assert (escapes(path, target, LINKS) is None) == inside


@given(st.lists(st.sampled_from(["..", ".", "", "a", "b"]), max_size=12), st.integers(0, 4))
def test_without_links_it_is_counting(parts, depth):
    """The text-book rule: never more steps up than down so far."""
    level, fine = depth, True
    for part in parts:
        level += {"..": -1, ".": 0, "": 0}.get(part, 1)
        fine = fine and level >= 0
    target = "./" + "/".join(parts)
    assert (escapes("d/" * depth + "l", target, {}) is None) == fine
