"""A tree is read once, and only a few are remembered."""

from windlass.verify.facts import FACTS_MAX, facts_of
from windlass.verify.site import Site


def test_what_a_tree_says_is_read_once_and_a_few_trees_are_remembered(site: Site) -> None:
    files = [{"a.py": f"x = {n}\n".encode(), "tests/test_a.py": b"", "pyproject.toml": b""} for n in range(9)]
    trees = [site.mirror.write_tree(one) for one in files]
    first = facts_of(site.mirror, trees[0])
    assert facts_of(site.mirror, trees[0]) is first
    assert first.entries is first.entries
    assert first.files == set(files[0])
    assert first.tests == ("tests/test_a.py",)
    assert first.texts.keys() == {"a.py", "pyproject.toml"}
    assert dict(first.contents(["a.py"], 100)) == {"a.py": b"x = 0\n"}
    assert dict(first.contents(["a.py"], 1)) == {}
    for tree in trees[1 : FACTS_MAX + 1]:
        facts_of(site.mirror, tree)
    assert facts_of(site.mirror, trees[0]) is not first
