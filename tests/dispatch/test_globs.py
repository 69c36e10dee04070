"""Overlap of path patterns: tables, and the answer of brute force over a small world of paths."""

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.dispatch.globs import check_patterns, exact, literal, overlap, plain, segments
from windlass.kernel import Invalid


@pytest.mark.parametrize(
    ("left", "right", "meets"),
    [
        ("src/a.py", "src/a.py", True),
        ("src/a.py", "src/b.py", False),
        ("src", "src/a.py", True),
        ("src/", "src/deep/a.py", True),
        ("src/*.py", "src/a.py", True),
        ("src/*.py", "src/deep/a.py", False),
        ("src/**/a.py", "src/a.py", True),
        ("src/**/a.py", "src/x/y/a.py", True),
        ("**/test_*.py", "tests/dispatch/*", True),
        ("**/*.md", "docs/**/*.py", True),  # a folder may be called x.md
        ("docs/*.md", "docs/*.py", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("[a-c]x", "[d-f]x", False),
        ("[a-c]x", "[!a-b]x", True),
        ("[a-b]x", "[!a-c]x", False),
        ("[!a]x", "[!b]x", True),
        ("a*b*c", "*x*", True),
        ("a*b", "c*", False),
        ("pages/[id].tsx", "pages/i.tsx", True),
        ("**", "anything/at/all", True),
        ("./src/a.py", "src//a.py", True),
    ],
)
def test_patterns_meet_where_a_path_is_in_both(left: str, right: str, meets: bool) -> None:
    assert overlap([left], [right]) is meets
    assert overlap([right], [left]) is meets


@pytest.mark.parametrize("bad", ["", "/", "/etc", "../a", "a/../b", "a\0b", "x" * 5_000])
def test_what_leaves_the_repository_is_no_pattern(bad: str) -> None:
    with pytest.raises(Invalid):
        segments(bad)


def test_too_many_patterns_are_refused() -> None:
    with pytest.raises(Invalid):
        check_patterns(["a"] * 5_001)


@given(st.text("ab[]*?~!é", min_size=1, max_size=8))
def test_an_exact_pattern_means_its_path_alone(path: str) -> None:
    assert plain(exact(path)) == path
    if path.strip("."):
        assert overlap([exact(path)], [exact(path)])
        assert not overlap([exact(path)], [exact(path + "x")])


def test_only_signs_end_the_literal_part() -> None:
    assert literal(segments("src/a/*.py")) == 2
    assert plain("src/*.py") is None


NAMES = ["a", "b", "ab"]
PATHS = ["/".join(parts) for n in (1, 2, 3, 4, 5) for parts in itertools.product(NAMES, repeat=n)]
PIECES = st.lists(st.sampled_from(["a", "b", "*", "?", "[ab]", "[!a]", "**"]), min_size=1, max_size=3)


def matcher(pattern: str) -> re.Pattern[str]:
    """The pattern as a regular expression, written independently of the rule."""
    text = ""
    for name in pattern.split("/"):
        if name == "**":
            text += "(?:[^/]+/)*"
            continue
        name = name.replace("*", "[^/]*").replace("?", "[^/]").replace("[!", "[^")
        text += name + "/"
    return re.compile(text + "(?:[^/]+/)*")


@given(PIECES, PIECES)
def test_the_rule_finds_every_common_path(left: list[str], right: list[str]) -> None:
    one, two = "/".join(left), "/".join(right)
    common = [p for p in PATHS if matcher(one).fullmatch(p + "/") and matcher(two).fullmatch(p + "/")]
    if common:
        assert overlap([one], [two]), common
    elif "!" not in one + two:  # another letter than a and b may be in both
        assert not overlap([one], [two])
