"""The walk over trees, on objects in a dictionary."""

import pytest

from windlass.workspace.model import ImportBudget
from windlass.workspace.walk import Stop, Walk, chain, commit_tree

OBJECTS: dict[str, tuple[str, bytes]] = {}


def oid(n):
    return f"{n:040x}"


def tree(n, *entries):
    content = b"".join(b"%s %s\0%s" % (m.encode(), name.encode(), bytes.fromhex(o)) for m, name, o in entries)
    OBJECTS[oid(n)] = ("tree", content)
    return oid(n)


def commit(n, of, *parents):
    lines = [f"tree {of}", *(f"parent {p}" for p in parents), "author x", "", "parent forged"]
    OBJECTS[oid(n)] = ("commit", "\n".join(lines).encode())
    return oid(n)


def read(name):
    return OBJECTS.get(name, ("missing", b""))


def compare(old, new, **budget):
    return {(c.status, c.path) for c in Walk(read, ImportBudget(**budget)).compare(old, new)}


def test_only_what_differs_is_visited():
    same = oid(99)  # Not stored: reading it would stop the walk.
    old = tree(
        1,
        ("100644", "a", oid(50)),
        ("40000", "same", same),
        ("40000", "d", tree(2, ("100644", "x", oid(51)))),
    )
    new = tree(3, ("100755", "a", oid(50)), ("40000", "same", same), ("100644", "d", oid(52)))
    assert compare(old, new) == {("M", "a"), ("D", "d/x"), ("A", "d")}
    assert compare(new, old) == {("M", "a"), ("A", "d/x"), ("D", "d")}
    assert compare(old, old) == set()


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (("100644", "..", oid(50)), "bad-name"), (("40000", ".git ", oid(50)), "bad-name"),
        (("100664", "f", oid(50)), "bad-mode"), (("160000", "f", oid(50)), "submodule"),
        (("40000", "d", oid(98)), "bad-tree"),
    ],
)  # fmt: skip
def test_what_is_new_is_checked(entry, reason):
    empty = tree(10)
    with pytest.raises(Stop) as caught:
        compare(empty, tree(11, entry))
    assert caught.value.refused.reason == reason


def test_what_is_old_is_not_checked_but_submodules_stay():
    empty, legacy = tree(10), tree(12, ("100664", "f", oid(50)), ("100644", "a\x01", oid(50)))
    assert compare(legacy, empty) == {("D", "f"), ("D", "a\x01")}
    with pytest.raises(Stop, match="submodule"):
        compare(tree(13, ("160000", "s", oid(50))), empty)


def test_budgets_stop_the_walk():
    bomb = oid(50), "100644"
    for n in range(20, 30):
        bomb = tree(n, *((bomb[1], str(i), bomb[0]) for i in range(10))), "40000"
    with pytest.raises(Stop) as caught:
        compare(tree(10), bomb[0])
    assert caught.value.refused.reason == "too-many-files"
    with pytest.raises(Stop) as caught:
        compare(tree(10), bomb[0], depth_max=5)
    assert caught.value.refused.reason == "too-deep"


def test_broken_trees_are_refused():
    for content in (b"x", b"100644 ", b"100644 a\0short", b"\0" * 30, b" a\0" + b"\1" * 20):
        OBJECTS[oid(60)] = ("tree", content)
        with pytest.raises(Stop):
            compare(tree(10), oid(60))


def test_the_line_of_commits_must_lead_to_the_base():
    base = commit(70, oid(10))
    one, two = commit(71, oid(10), base), commit(72, oid(11), oid(71))
    assert chain(read, two, base, 10) == [one, two]
    assert commit_tree(read, two) == oid(11)
    for head, limit in (
        (two, 1),
        (commit(73, oid(10)), 9),
        (commit(74, oid(10), base, one), 9),
        (oid(75), 9),
        (oid(10), 9),
    ):
        with pytest.raises(Stop):
            chain(read, head, base, limit)
