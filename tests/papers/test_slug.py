"""Anchors of headings as GitHub makes them, and sites."""

import pytest

from windlass.papers.slug import anchors, docutils, of_sites, slug


@pytest.mark.parametrize(
    ("heading", "anchor"),
    [
        ("To pay (2x)", "to-pay-2x"), ("A - B", "a---b"), ("Über uns", "über-uns"), ("`a_b.c`", "a_bc"),
        ("日本 語", "日本-語"), ("What's new?", "whats-new"), ("🚀 Start", "-start"), ("  x  ", "x"),
    ],
)  # fmt: skip
def test_github_keeps_letters_digits_hyphens_and_connectors(heading: str, anchor: str) -> None:
    assert slug(heading) == anchor


def test_what_is_there_twice_gets_a_number() -> None:
    assert list(anchors(["A", "A", "A-1", "a"])) == ["a", "a-1", "a-1-1", "a-2"]
    assert list(anchors([":tada: Done"])) == ["tada-done", "done"]


def test_sites_join_hyphens() -> None:
    assert {"a-b", "a-b_1"} <= set(of_sites(["A - B", "A  B"]))
    assert docutils("Ünder_score  x!") == "under-score-x"
