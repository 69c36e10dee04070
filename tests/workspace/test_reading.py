"""What the mirror says about trees, changes and contents."""

import os
import subprocess

import pytest

from windlass.kernel import Invalid, NotFound
from windlass.workspace import Change, Entry

ODD = os.fsdecode(b"caf\xe9/new\nline \xff.txt")


@pytest.fixture
def two(repo, mirror, base):
    """The first commit and one that renames, edits, deletes, adds and turns things."""
    (repo.path / "a.txt").rename(repo.path / "moved.txt")
    repo.write({"src/b.py": "x = 1\n# TODO tidy\n", ODD: "TODO odd\nno\n", "bin": b"\0\1TODO\n"})
    (repo.path / "src" / "b.py").chmod(0o755)
    (repo.path / "link").symlink_to("moved.txt")
    repo.commit({})
    return base, mirror.sync(repo.checkout())


def test_files_list_modes_ids_and_sizes(mirror, two):
    entries = {e.path: e for e in mirror.files(two[1], sizes=True)}
    assert entries["link"] == Entry("120000", entries["link"].oid, "link", 9)
    assert (entries["src/b.py"].mode, entries["src/b.py"].size) == ("100755", 18)
    assert ODD in entries
    assert [e.path for e in mirror.files(two[0])] == ["a.txt", "src/b.py"]
    assert mirror.files(two[0])[0].size is None


def test_changes_follow_renames_when_asked(mirror, two):
    found = {c.path: c for c in mirror.changed(*two)}
    assert found["moved.txt"].status == "R"
    assert found["moved.txt"].old_path == "a.txt"
    assert (found["src/b.py"].status, found["src/b.py"].old_mode, found["src/b.py"].mode) == (
        "M",
        "100644",
        "100755",
    )
    assert found[ODD].status == "A"
    assert found[ODD].old_oid is None
    plain = {c.path: c.status for c in mirror.changed(*two, renames=False)}
    assert (plain["a.txt"], plain["moved.txt"]) == ("D", "A")
    assert isinstance(found[ODD], Change)
    assert mirror.changed(two[0], two[0]) == []


def test_diffstat_counts_lines_and_knows_binaries(mirror, two):
    stat = mirror.diffstat(*two)
    by_path = {f.path: (f.added, f.removed, f.binary) for f in stat.files}
    assert by_path["src/b.py"] == (1, 0, False)
    assert by_path["bin"] == (0, 0, True)
    assert by_path["moved.txt"] == (0, 0, False)
    assert stat.lines == 4


def test_a_patch_applies_and_is_never_cut(mirror, two, repo, tmp_path):
    patch = mirror.patch(*two)
    repo.git("checkout", "-q", two[0])
    repo.git("apply", "--index", stdin=patch)
    assert repo.git("write-tree") == mirror.tree_of(two[1])
    with pytest.raises(Invalid):
        mirror.patch(*two, size_max=100)


def test_blobs_come_in_order_and_large_ones_are_left_out(mirror, two):
    oids = {e.path: e.oid for e in mirror.files(two[1])}
    asked = [oids["src/b.py"], oids["bin"], oids["src/b.py"], oids["link"]]
    assert list(mirror.blobs(asked, 9)) == [
        (asked[0], None), (asked[1], b"\0\1TODO\n"), (asked[2], None), (asked[3], b"moved.txt"),
    ]  # fmt: skip
    assert list(mirror.blobs([], 9)) == []
    with pytest.raises(NotFound):
        list(mirror.blobs(["1" * 40], 9))


def test_leaving_blobs_early_ends_git(mirror, two):
    oids = [e.oid for e in mirror.files(two[1])] * 1000
    for _ in mirror.blobs(oids, 1000):
        break
    children = subprocess.run(
        ["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True, check=False
    )
    assert b"cat-file" not in children.stdout


def test_grep_finds_whole_words_in_text(mirror, two):
    found = list(mirror.grep(two[1], ["TODO", "FIXME"]))
    assert found == [(ODD, 1, b"TODO odd", True), ("src/b.py", 2, b"# TODO tidy", True)]
    assert list(mirror.grep(two[1], ["ODO"])) == []
    many = ["a", "b", "TODO", "tidy"]
    assert list(mirror.grep(two[1], many, lines_max=1, paths=["src/b.py"])) == [
        next(iter(mirror.grep(two[1], many, paths=["src/b.py"])))
    ]
    assert list(mirror.grep(two[1], ["TODO"], paths=["src"])) == [("src/b.py", 2, b"# TODO tidy", True)]
    assert list(mirror.grep(two[1], ["(", "--help", "T.DO"])) == []


def test_grep_brings_the_lines_behind_each_word(repo, mirror, base):
    lines = [*"abc", "TODO one", "d", "FIXME two", *"efghij", "TODO last"]
    late = b"x" * 8000 + b"\nTODO 3\n7\0after\nz\0\n"
    repo.write({"x.py": "\n".join(lines), "--\ny.py": "a\nBUG\n--\nb\n\nBUG\n", "z": late})
    repo.commit({})
    tree = mirror.sync(repo.checkout())
    found = list(mirror.grep(tree, ["TODO", "FIXME", "BUG"], after=2))
    assert [(n, t, hit) for p, n, t, hit in found if p == "x.py"] == [
        (n, lines[n - 1].encode(), n in (4, 6, 13)) for n in (4, 5, 6, 7, 8, 13)
    ]
    assert [(n, t, hit) for p, n, t, hit in found if p == "--\ny.py"] == [
        (2, b"BUG", True), (3, b"--", False), (4, b"b", False), (6, b"BUG", True),
    ]  # fmt: skip
    assert [(n, t) for p, n, t, _ in found if p == "z"] == [(2, b"TODO 3"), (3, b"after"), (4, b"z\0")]


def test_a_bad_tree_is_an_error_not_silence(mirror, two):
    with pytest.raises(Invalid):
        list(mirror.grep("1" * 40, ["TODO"]))
    with pytest.raises(Invalid):
        list(mirror.files("1" * 40))
    with pytest.raises(Invalid):
        list(mirror.files("--help"))


def test_the_trees_of_a_branch_are_told_newest_first(mirror, two):
    mirror.set_ref("refs/windlass/user/heads/line", two[1], expected=None)
    assert mirror.trees_along("refs/windlass/user/heads/line") == mirror.trees_of(two[1], two[0])
    assert mirror.trees_along("refs/windlass/user/heads/line", 1) == mirror.trees_of(two[1])
    assert mirror.trees_along("refs/windlass/user/heads/none") == []


def test_log_blame_and_ancestry(mirror, two):
    old, new = two
    assert [c.commit for c in mirror.log(new)] == [new, old]
    assert mirror.blame(new, "src/b.py", 1).commit == old
    assert mirror.blame(new, "src/b.py", 2).commit == new
    assert mirror.blame(new, "src/b.py", 2).at == 1_700_000_000.0
    with pytest.raises(NotFound):
        mirror.blame(new, "src/b.py", 99)
    assert mirror.is_ancestor(old, new)
    assert not mirror.is_ancestor(new, old)
    assert mirror.merge_base(old, new) == old


def test_ids_are_checked_before_git_sees_them(mirror, two):
    for bad in ("HEAD", "--output=/tmp/x", "", "A" * 40, two[0][:39]):
        with pytest.raises(Invalid):
            mirror.tree_of(bad)


def test_a_commit_is_named_as_in_git(mirror, two, repo):
    assert mirror.named("HEAD") == mirror.named("main") == mirror.named(two[1][:8]) == two[1]
    assert mirror.named("HEAD~1") == mirror.named(f"{two[1]}^") == two[0]
    for word in ("nobody", "HEAD~9", "--all", "", "main:a.txt", "refs/windlass/user/heads/main"):
        assert mirror.named(word) is None
