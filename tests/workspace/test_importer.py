"""Hostile packs stay outside, each for its own reason; honest ones come in."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.workspace.forge import Forge

from windlass.kernel import Invalid
from windlass.workspace import ImportBudget, Refused, import_pack
from windlass.workspace.model import Imported

BUDGET = ImportBudget()


@pytest.fixture
def forge(mirror, base):
    return Forge(base, mirror.tree_of(base))


@pytest.fixture
def attack(mirror, base, tmp_path, forge):
    """Offer the forged objects; afterwards nothing of a refused pack is in the mirror."""

    def run(head, budget=BUDGET):
        before = sorted(p.name for p in mirror.objects.rglob("*"))
        found = import_pack(mirror, forge.pack(tmp_path / "pack"), base, head, budget)
        if isinstance(found, Refused):
            assert sorted(p.name for p in mirror.objects.rglob("*")) == before
            assert not list(mirror.tmp.iterdir())
        return found

    return run


def test_an_honest_change_comes_in(mirror, base, attempt, bring):
    (attempt.path / "a.txt").write_text("one\nTWO\nthree\n")
    (attempt.path / "run.sh").write_text("#!/bin/sh\n")
    (attempt.path / "run.sh").chmod(0o755)
    (attempt.path / "src" / "link").symlink_to("../a.txt")
    pack, head = bring(attempt)
    got = import_pack(mirror, pack, base, head, BUDGET)
    assert got == Imported(head, mirror.tree_of(head), 3, 4)
    assert {e.path: e.mode for e in mirror.files(head)} == {
        "a.txt": "100644", "run.sh": "100755", "src/b.py": "100644", "src/link": "120000",
    }  # fmt: skip
    assert import_pack(mirror, pack, base, head, BUDGET) == got
    assert mirror.fsck() == []


def test_a_forged_but_harmless_change_comes_in(forge, attack):
    """The forge itself is sound: what the cases below see refused is refused for its content."""
    head = forge.commit(forge.tree(("100644", "f", forge.blob(b"1\n2\n"))))
    got = attack(head)
    assert isinstance(got, Imported)
    assert (got.files, got.lines) == (3, 6)


@pytest.mark.parametrize(
    ("mode", "name", "reason"),
    [
        ("100644", ".git", "bad-pack"),
        ("100644", ".GIT", "bad-pack"),
        ("100644", "git~1", "bad-pack"),
        ("100644", ".g\u200cit", "bad-pack"),
        ("100644", "..", "bad-pack"),
        ("100644", ".", "bad-pack"),
        ("100644", ".git ", "bad-name"),
        ("100644", ".git::$INDEX_ALLOCATION", "bad-name"),
        ("100644", "git~2", "bad-name"),
        ("100644", ".GITATTRIBUTES", "bad-name"),
        ("100644", "a\nb", "bad-name"),
        ("100644", "a\x1b[2Jb", "bad-name"),
        ("100644", "a\\..\\b", "bad-name"),
        ("100644", "n" * 300, "bad-name"),
        ("100666", "f", "bad-mode"),
        ("100600", "f", "bad-mode"),
    ],
)
def test_a_bad_entry_is_refused(forge, attack, mode, name, reason):
    got = attack(forge.commit(forge.tree((mode, name, forge.blob()))))
    assert isinstance(got, Refused)
    assert got.reason in {reason, "bad-pack"}


def test_a_bad_entry_deep_in_a_folder_is_refused(forge, attack):
    inner = forge.tree(("100644", "config", forge.blob(b"[core]\n\tfsmonitor = evil\n")))
    got = attack(forge.commit(forge.tree(("40000", "sub", forge.tree(("40000", ".git ", inner))))))
    assert got.reason in {"bad-name", "bad-pack"}


@pytest.mark.parametrize("target", ["/etc/passwd", "../x", "a/../../x", ".git/config", "up/..", "x\0y", ""])
def test_an_escaping_link_is_refused(forge, attack, target):
    tree = forge.tree(
        ("120000", "link", forge.blob(target.encode())),
        ("120000", "ok", forge.blob(b"sub/deep")),
        ("40000", "sub", forge.tree(("100644", "deep", forge.blob()))),
        ("120000", "up", forge.blob(b".")),
    )
    assert attack(forge.commit(tree)).reason == "bad-link"


def test_a_link_through_a_link_cannot_escape(forge, attack):
    """`a/b/up` points to the top; `a/b/up/..` would be above it, though its text looks harmless."""
    deep = forge.tree(("120000", "up", forge.blob(b"../..")))
    tree = forge.tree(
        ("40000", "a", forge.tree(("40000", "b", deep))), ("120000", "link", forge.blob(b"a/b/up/../etc"))
    )
    assert attack(forge.commit(tree)) == Refused(
        "bad-link", "'link' -> 'a/b/up/../etc': it leads out of the tree"
    )


def test_links_that_stay_inside_or_dangle_come_in(forge, attack):
    tree = forge.tree(
        ("120000", "dangling", forge.blob(b"nowhere")),
        ("40000", "sub", forge.tree(("120000", "up", forge.blob(b"../dangling")))),
    )
    assert isinstance(attack(forge.commit(tree)), Imported)


def test_a_bomb_is_refused_in_moments(forge, attack):
    """Ten folders of ten folders of …: 10^10 files in a pack of a kilobyte, and git's own fsck likes it."""
    oid, mode = forge.blob(), "100644"
    for _ in range(10):
        oid, mode = forge.tree(*((mode, str(n), oid) for n in range(10))), "40000"
    assert attack(forge.commit(oid)).reason == "too-many-files"


def test_a_bomb_of_folders_without_files_is_refused(forge, attack):
    oid = forge.tree()
    for _ in range(10):
        oid = forge.tree(*(("40000", str(n), oid) for n in range(10)))
    assert attack(forge.commit(oid)).reason == "too-many-files"


def test_a_very_deep_tree_is_refused(forge, attack):
    oid, mode = forge.blob(), "100644"
    for _ in range(3000):
        oid, mode = forge.tree((mode, "d", oid)), "40000"
    assert attack(forge.commit(oid)).reason == "too-deep"


def test_a_blob_that_inflates_beyond_the_budget_is_refused(forge, attack):
    head = forge.commit(forge.tree(("100644", "big", forge.blob(b"\0" * 30_000_000))))
    assert attack(head).reason == "too-large"


def test_a_wrong_base_is_refused(forge, attack, mirror, base, author):
    tree = forge.tree(("100644", "f", forge.blob()))
    elsewhere = mirror.commit(mirror.tree_of(base), [], "other root", author, 1.0)
    for parents in ([elsewhere], [base, elsewhere]):
        assert attack(forge.commit(tree, *parents)).reason == "wrong-base"


def test_a_commit_without_parents_is_refused(forge, attack):
    tree = forge.tree(("100644", "f", forge.blob()))
    who = "A <a@b> 1700000000 +0000"
    head = forge.put("commit", f"tree {tree}\nauthor {who}\ncommitter {who}\n\nm\n".encode())
    assert attack(head).reason == "wrong-base"


def test_a_long_line_of_commits_is_refused(forge, attack):
    tree, at = forge.tree(("100644", "f", forge.blob())), forge.base
    for _ in range(101):
        at = forge.commit(tree, at)
    assert attack(at).reason == "wrong-base"


def test_a_bad_name_in_an_intermediate_commit_is_refused(forge, attack):
    bad = forge.commit(forge.tree(("100644", ".git ", forge.blob())))
    good = forge.commit(forge.tree(("100644", "f", forge.blob(b"y"))), bad)
    assert attack(good).reason in {"bad-name", "bad-pack"}


def test_a_head_that_is_no_commit_is_refused(forge, attack):
    blob = forge.blob()
    tree = forge.tree(("100644", "f", blob))
    forge.commit(tree)
    assert attack(blob).reason == "bad-head"
    assert attack(tree).reason == "bad-head"
    assert attack("0" * 40).reason == "bad-head"
    assert attack("HEAD").reason == "bad-head"
    assert attack("--upload-pack=evil").reason == "bad-head"


def test_a_tag_is_refused(forge, attack):
    commit = forge.commit(forge.tree(("100644", "f", forge.blob())))
    tag = forge.put("tag", f"object {commit}\ntype commit\ntag t\ntagger A <a@b> 1 +0000\n\nm\n".encode())
    assert attack(tag).reason == "bad-pack"


def test_a_submodule_may_not_appear(forge, attack, base):
    assert attack(forge.commit(forge.tree(("160000", "sub", base)))).reason == "submodule"


def test_a_pack_with_a_hole_is_refused(forge, attack):
    assert attack(forge.commit(forge.tree(("100644", "f", "1" * 40)))).reason == "bad-pack"


def test_a_change_that_changes_nothing_is_refused(forge, attack, base):
    assert attack(forge.commit(forge.base_tree)).reason == "empty"
    assert attack(base).reason == "empty"


def test_a_truncated_or_flipped_pack_is_refused(mirror, base, forge, tmp_path):
    head = forge.commit(forge.tree(("100644", "f", forge.blob(os.urandom(500)))))
    whole = forge.pack(tmp_path / "p").read_bytes()
    for cut in [0, 4, 11, 12, 20, len(whole) // 2, len(whole) - 20, len(whole) - 1]:
        (tmp_path / "p").write_bytes(whole[:cut])
        assert import_pack(mirror, tmp_path / "p", base, head, BUDGET).reason == "bad-pack", cut
    for at in range(0, len(whole), 37):
        (tmp_path / "p").write_bytes(whole[:at] + bytes([whole[at] ^ 64]) + whole[at + 1 :])
        assert isinstance(import_pack(mirror, tmp_path / "p", base, head, BUDGET), Refused), at


def test_the_pack_file_must_be_a_small_regular_file(mirror, base, forge, tmp_path):
    head = forge.commit(forge.tree(("100644", "f", forge.blob())))
    forge.pack(tmp_path / "p")
    (tmp_path / "link").symlink_to(tmp_path / "p")
    os.mkfifo(tmp_path / "fifo")
    for name in ("link", "fifo", "absent", "."):
        assert import_pack(mirror, tmp_path / name, base, head, BUDGET).reason == "bad-pack"
    assert import_pack(mirror, tmp_path / "p", base, head, ImportBudget(pack_max=100)).reason == "too-large"
    assert import_pack(mirror, tmp_path / "p", base, head, ImportBudget(objects_max=2)).reason == "too-large"


def test_line_and_file_budgets_hold(forge, attack):
    files = [("100644", f"f{n:02}", forge.blob(b"%d\n" % n * 10)) for n in range(20)]
    head = forge.commit(forge.tree(*files))
    assert attack(head, ImportBudget(files_max=19)).reason == "too-many-files"
    assert attack(head, ImportBudget(lines_max=199)).reason == "too-many-lines"
    assert isinstance(attack(head, ImportBudget(files_max=22, lines_max=204)), Imported)


def test_the_base_must_be_a_commit_id(mirror, tmp_path):
    with pytest.raises(Invalid):
        import_pack(mirror, tmp_path / "p", "main", "0" * 40, BUDGET)


def test_an_attempt_that_poisons_its_git_directory_gains_nothing(mirror, base, attempt, bring, tmp_path):
    mark = tmp_path / "fired"
    hook = attempt.path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
    hook.chmod(0o755)
    with (attempt.path / ".git" / "config").open("a") as file:
        file.write(
            f'[core]\n\tfsmonitor = touch {mark}\n\tworktree = /etc\n[filter "x"]\n\tclean = touch {mark}\n'
        )
    (attempt.path / ".gitattributes").write_text("* filter=x\n")
    (attempt.path / "a.txt").write_text("changed\n")
    pack, head = bring(attempt)
    assert isinstance(import_pack(mirror, pack, base, head, BUDGET), Imported)
    assert not mark.exists()
    subprocess.run(["rm", "-rf", attempt.path / ".git"], check=True)
    (attempt.path / ".git").symlink_to("/etc")
    assert bring(attempt)[1] == head


def test_the_head_file_is_read_without_following(attempt, bring):
    (attempt.path / "a.txt").write_text("changed\n")
    _, head = bring(attempt)
    place: Path = attempt.out / "head"
    for make in (
        lambda: place.symlink_to("/etc/hostname"),
        lambda: os.mkfifo(place),
        lambda: place.write_text("main\n"),
        lambda: place.write_text("f" * 64 + "\n"),
        lambda: place.write_text("f" * 5000),
        lambda: os.link(attempt.home / "about.json", place),
        place.mkdir,
        lambda: None,
    ):
        subprocess.run(["rm", "-rf", place], check=True)
        make()
        with pytest.raises(Invalid):
            attempt.read_head()
    subprocess.run(["rm", "-rf", place], check=True)
    place.write_text(f"{head}\n")
    assert attempt.read_head() == head
