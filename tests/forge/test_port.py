"""The family of forges."""

from windlass.forge import FORGES


def test_git_is_among_the_kinds():
    assert "git" in FORGES.kinds()
