"""The user's repository in all its shapes: read, landed on, and otherwise left alone."""

import os
import shutil
import subprocess

import pytest

from windlass.kernel import Invalid, NotFound, Unavailable
from windlass.workspace import Author, Checkout, Mirror, Moved

ADA = Author("Ada", "ada@example.org")


HOSTILE = """
[core]
    fsmonitor = EVIL
    hooksPath = HOOKS
    alternateRefsCommand = EVIL
    askPass = EVIL
    sshCommand = EVIL
    editor = EVIL
    gitProxy = EVIL
    pager = EVIL
[uploadpack]
    packObjectsHook = EVIL
    hideRefs = refs/heads
[receive]
    procReceiveRefs = refs
[filter "x"]
    clean = EVIL
    smudge = EVIL
    process = EVIL
    required = true
[merge "x"]
    driver = EVIL
[diff]
    external = EVIL
[diff "x"]
    textconv = EVIL
[alias]
    update-ref = "!EVIL"
    rev-parse = "!EVIL"
[gpg]
    program = EVIL
[log]
    showSignature = true
[includeIf "gitdir:/"]
    path = MORE
[include]
    path = MORE
[gc]
    auto = 1
[maintenance]
    auto = true
[credential]
    helper = EVIL
[trailer "x"]
    cmd = EVIL
[remote "origin"]
    url = ext::EVIL
    uploadpack = EVIL
    promisor = true
"""


def land(checkout, mirror, *, text=b"landed\n", ref=None, expected="main"):
    """Bring main into the mirror, put one commit on top, publish it; the new commit."""
    base = mirror.sync(checkout)
    tree = mirror.write_tree({"landed.txt": text})
    new = mirror.commit(tree, [base], "land", ADA, 1_800_000_000.0)
    old = base if expected == "main" else expected
    checkout.publish(
        mirror, new, ref or f"refs/heads/{checkout.main}", expected=old, message="windlass: landed"
    )
    return new


def test_an_ordinary_checkout_is_described(repo):
    (repo.path / "sub").mkdir()
    for path in (repo.path, repo.path / "sub"):
        found = Checkout.open(path)
        assert (found.path, found.main, found.head_state, found.bare) == (repo.path, "main", "branch", False)
        assert (found.shallow, found.partial, found.submodules, found.lfs) == (False, False, (), False)
    assert found.branches() == {"main": repo.git("rev-parse", "HEAD")}
    assert found.branches_checked_out() == {"main"}


def test_what_is_no_repository_is_named_with_a_way_out(tmp_path):
    with pytest.raises(NotFound, match="not a git repository") as caught:
        Checkout.open(tmp_path)
    assert "git init" in caught.value.hint
    with pytest.raises(NotFound, match="not a directory"):
        Checkout.open(tmp_path / "absent")


def test_an_empty_repository_is_named_with_a_way_out(tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    with pytest.raises(Invalid, match="no commit yet") as caught:
        Checkout.open(tmp_path)
    assert "git commit" in caught.value.hint


def test_a_detached_head_falls_back_to_main_and_stays_put(repo, mirror):
    first = repo.git("rev-parse", "HEAD")
    repo.commit({"c": "c"})
    repo.git("checkout", "-q", "--detach", first)
    found = repo.checkout()
    assert (found.main, found.head_state) == ("main", "detached")
    new = land(found, mirror)
    assert repo.git("rev-parse", "main", "HEAD").split() == [new, first]


def test_who_works_on_a_branch_of_their_own_has_the_usual_one_tended(repo, tmp_path):
    repo.git("checkout", "-q", "-b", "topic")
    repo.commit({"c": "c"})
    assert repo.checkout().main == "main"
    repo.git("branch", "-q", "stable")
    repo.git("update-ref", "refs/remotes/origin/stable", "stable")
    repo.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/stable")
    assert repo.checkout().main == "stable"
    subprocess.run(["git", "clone", "-q", "--bare", repo.path, tmp_path / "bare.git"], check=True)
    assert Checkout.open(tmp_path / "bare.git").main == "topic"
    repo.git("symbolic-ref", "--delete", "refs/remotes/origin/HEAD")
    repo.git("branch", "-q", "-m", "main", "old")
    assert repo.checkout().main == "topic"


def test_a_detached_head_without_any_usual_branch_asks(repo):
    repo.git("checkout", "-q", "--detach")
    repo.git("branch", "-m", "main", "topic")
    with pytest.raises(NotFound, match="detached") as caught:
        repo.checkout()
    assert "git switch -c main" in caught.value.hint
    assert Checkout.open(repo.path, main="topic").main == "topic"


def test_an_unknown_branch_lists_the_known_ones(repo):
    with pytest.raises(NotFound, match="no branch 'trunk'") as caught:
        Checkout.open(repo.path, main="trunk")
    assert "main" in caught.value.hint


def test_landing_leaves_files_index_and_head_alone(repo, mirror):
    (repo.path / "a.txt").write_text("half done\n")
    (repo.path / "untracked").write_text("mine\n")
    repo.write({"staged": "s"})
    repo.git("add", "staged")
    checkout = repo.checkout()
    before = checkout.fingerprint()
    new = land(checkout, mirror)
    assert checkout.fingerprint() == before
    assert repo.git("rev-parse", "main") == new
    assert "windlass: landed" in repo.git("reflog", "main")
    assert not (repo.path / ".git" / "FETCH_HEAD").exists()
    repo.git("fsck", "--strict")


def test_the_fingerprint_sees_every_kind_of_change(repo):
    checkout, target = repo.checkout(), repo.path / "a.txt"
    seen = {checkout.fingerprint()}
    os.mkfifo(repo.path / "fifo")  # Never opened: reading it would wait for ever.
    seen.add(checkout.fingerprint())
    target.chmod(0o700)
    seen.add(checkout.fingerprint())
    (repo.path / "dir").mkdir()
    seen.add(checkout.fingerprint())
    (repo.path / "dir" / "loop").symlink_to("../dir")
    seen.add(checkout.fingerprint())
    repo.git("add", "a.txt")
    seen.add(checkout.fingerprint())
    repo.git("checkout", "-q", "--detach")
    seen.add(checkout.fingerprint())
    assert len(seen) == 7


def test_publishing_is_compare_and_swap_and_repeatable(repo, mirror):
    checkout = repo.checkout()
    base = mirror.sync(checkout)
    new = land(checkout, mirror)
    checkout.publish(mirror, new, "refs/heads/main", expected=base, message="again after a crash")
    other = mirror.commit(mirror.tree_of(base), [base], "other", ADA, 1.0)
    for expected in (base, None, "1" * 40):
        with pytest.raises(Moved):
            checkout.publish(mirror, other, "refs/heads/main", expected=expected, message="no")
    checkout.publish(mirror, other, "refs/heads/windlass/t1", expected=None, message="propose")
    with pytest.raises(Moved):
        checkout.publish(mirror, new, "refs/heads/windlass/t1", expected=None, message="no")
    assert repo.git("rev-parse", "windlass/t1", "main").split() == [other, new]


@pytest.mark.parametrize(
    "ref", ["main", "HEAD", "refs/heads/a..b", "refs/heads/-x", "refs/heads/x.lock", "refs/x", "--all"]
)
def test_publishing_takes_only_full_plain_references(repo, mirror, ref):
    base = mirror.sync(repo.checkout())
    with pytest.raises(Invalid):
        repo.checkout().publish(mirror, base, ref, expected=None, message="x")


def test_a_locked_reference_is_reported_not_forced(repo, mirror):
    lock = repo.path / ".git" / "refs" / "heads" / "main.lock"
    lock.touch()
    with pytest.raises(Unavailable, match=r"cannot move refs/heads/main"):
        land(repo.checkout(), mirror)
    assert lock.exists()


def test_linked_worktrees_share_branches_and_stay_untouched(repo, mirror, tmp_path):
    repo.git("branch", "other")
    repo.git("worktree", "add", "-q", str(tmp_path / "linked"), "other")
    assert Checkout.open(tmp_path / "linked").main == "main"
    linked = Checkout.open(tmp_path / "linked", main="other")
    assert (linked.main, linked.git_dir, linked.path) == ("other", repo.path / ".git", tmp_path / "linked")
    assert linked.branches_checked_out() == {"main", "other"}
    before = linked.fingerprint(), repo.checkout().fingerprint()
    new = land(linked, mirror)
    assert repo.git("rev-parse", "other") == new
    assert (linked.fingerprint(), repo.checkout().fingerprint()) == before


def test_a_bare_repository_is_landed_on(repo, mirror, tmp_path):
    repo.git("clone", "-q", "--bare", str(repo.path), str(tmp_path / "bare.git"))
    bare = Checkout.open(tmp_path / "bare.git")
    assert (bare.bare, bare.path) == (True, tmp_path / "bare.git")
    new = land(bare, mirror)
    assert bare.ref("refs/heads/main") == new


def test_a_shallow_clone_is_landed_on_and_may_deepen(repo, mirror, tmp_path):
    for n in range(5):
        repo.commit({"a.txt": f"{n}\n"}, f"c{n}")
    repo.git("clone", "-q", "--depth", "2", f"file://{repo.path}", str(tmp_path / "shallow"))
    clone = type(repo)(tmp_path / "shallow")
    checkout = clone.checkout()
    assert checkout.shallow
    new = land(checkout, mirror)
    assert clone.git("rev-parse", "main") == new
    assert mirror.fsck() == []
    clone.git("fsck")
    clone.git("fetch", "-q", "--unshallow", "origin")
    assert mirror.sync(clone.checkout()) == new
    assert mirror.fsck() == []
    assert len(mirror.log(new, 100)) == 7
    assert not (mirror.git_dir / "shallow").exists() or not (mirror.git_dir / "shallow").read_text()


def test_a_second_shallow_clone_of_a_known_history_keeps_it_whole(repo, mirror, tmp_path):
    for n in range(3):
        repo.commit({"a.txt": f"{n}\n"}, f"c{n}")
    mirror.sync(repo.checkout())
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", str(tmp_path / "shallow"))
    base = mirror.sync(Checkout.open(tmp_path / "shallow"))
    assert len(mirror.log(base, 100)) == 4


def test_a_partial_clone_says_what_it_lacks(repo, mirror, tmp_path):
    repo.commit({"a.txt": "changed\n"})
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git(
        "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repo.path}", str(tmp_path / "partial")
    )
    checkout = Checkout.open(tmp_path / "partial")
    assert checkout.partial
    with pytest.raises(Unavailable) as caught:
        mirror.sync(checkout)
    command = caught.value.hint.partition("fetch everything with git ")[2]
    type(repo)(tmp_path / "partial").git(*command.split(), "-q")
    assert mirror.sync(checkout)


def test_submodules_and_lfs_pointers_are_seen_and_kept(repo, make_repo, mirror, tmp_path):
    library = make_repo("library")
    repo.git("submodule", "add", "-q", str(library.path), "libs/one")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0" * 64 + "\nsize 12\n"
    repo.commit({".gitattributes": "*.bin filter=lfs diff=lfs merge=lfs -text\n", "big.bin": pointer})
    checkout = repo.checkout()
    assert (checkout.submodules, checkout.lfs) == (("libs/one",), True)
    base = mirror.sync(checkout)
    modes = {e.path: e.mode for e in mirror.files(base)}
    assert modes["libs/one"] == "160000"
    before = checkout.fingerprint()
    land(checkout, mirror)
    assert checkout.fingerprint() == before


def test_a_hostile_configuration_of_the_user_runs_nothing(repo, mirror, tmp_path):
    mark = tmp_path / "fired"
    evil = tmp_path / "evil.sh"
    evil.write_text(f'#!/bin/sh\necho "$0 $*" >> {mark}\ncat\n')
    evil.chmod(0o755)
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in (
        "reference-transaction",
        "post-update",
        "pre-receive",
        "update",
        "post-checkout",
        "pre-auto-gc",
    ):
        shutil.copy(evil, hooks / hook)
        shutil.copy(evil, repo.path / ".git" / "hooks" / hook)
    included = tmp_path / "included"
    included.write_text(f"[core]\n\thooksPath = {hooks}\n[core]\n\tpager = {evil}\n")
    with (repo.path / ".git" / "config").open("a") as file:
        file.write(
            HOSTILE.replace("EVIL", str(evil)).replace("HOOKS", str(hooks)).replace("MORE", str(included))
        )
    repo.write({".gitattributes": "* filter=x merge=x diff=x\n"})
    checkout = repo.checkout()
    before = checkout.fingerprint()
    new = land(checkout, mirror)
    mirror.merge(None, new, new)
    assert checkout.ref("refs/heads/main") == new
    assert checkout.fingerprint() == before
    assert not mark.exists(), mark.read_text()


def test_hook_control_case_fires_for_plain_git(repo, tmp_path):
    """The trap of the case above works: plain git does run the hook."""
    hook = repo.path / ".git" / "hooks" / "reference-transaction"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/fired\n")
    hook.chmod(0o755)
    repo.git("update-ref", "refs/heads/x", "HEAD")
    assert (tmp_path / "fired").exists()


def test_odd_branches_odd_names_and_packed_refs_come_along(repo, mirror):
    repo.git("branch", "feature/ü@{x".replace("@{", "@"))
    repo.git(b"update-ref", b"refs/heads/\xff\xfe", b"HEAD")
    repo.commit({os.fsdecode(b"caf\xe9 \x01.txt"): "x", "line\nbreak": "y"})
    repo.git("pack-refs", "--all")
    base = mirror.sync(repo.checkout())
    assert len(mirror.refs("refs/windlass/user/heads/")) == 3
    assert {os.fsdecode(b"caf\xe9 \x01.txt"), "line\nbreak"} <= {e.path for e in mirror.files(base)}


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_both_object_formats_work(make_repo, tmp_path, object_format):
    repo = make_repo("theirs", object_format=object_format)
    checkout = repo.checkout()
    assert checkout.object_format == object_format
    mirror = Mirror.create(tmp_path / "m", object_format=checkout.object_format)
    new = land(checkout, mirror)
    assert len(new) == (40 if object_format == "sha1" else 64)
    assert repo.git("rev-parse", "main") == new


def test_symlink_loops_and_a_huge_file_in_the_work_tree_do_not_matter(repo, mirror):
    (repo.path / "loop").symlink_to("loop")
    (repo.path / "up").symlink_to("..")
    with (repo.path / "huge").open("wb") as file:
        file.truncate(1 << 30)
    assert mirror.sync(repo.checkout()) == repo.git("rev-parse", "main")
    (repo.path / "huge").unlink()
    repo.checkout().fingerprint()


def test_deleted_branches_leave_the_mirror_and_their_objects_stay(repo, mirror):
    repo.git("branch", "old")
    oid = repo.git("commit-tree", "-m", "x", "HEAD^{tree}")
    repo.git("update-ref", "refs/heads/old", oid)
    mirror.sync(repo.checkout())
    repo.git("branch", "-D", "old")
    mirror.sync(repo.checkout())
    assert list(mirror.refs("refs/windlass/user/heads/")) == ["refs/windlass/user/heads/main"]
    assert mirror.exists(oid)
