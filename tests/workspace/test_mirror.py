"""The canonical repository survives crashes, races and odd contents."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from windlass.kernel import Conflict, Invalid, NotFound, Unavailable
from windlass.workspace import Author, Checkout, Mirror, Moved

ADA = Author("Ada", "ada@example.org")


def test_creating_twice_opens_and_opening_nothing_is_an_error(tmp_path):
    first = Mirror.create(tmp_path / "m")
    assert Mirror.create(tmp_path / "m") == first == Mirror.open(tmp_path / "m")
    with pytest.raises(NotFound):
        Mirror.open(tmp_path / "absent")
    with pytest.raises(Invalid):
        Mirror.create(tmp_path / "n", object_format="md5")


def test_a_half_made_mirror_is_made_again(tmp_path):
    left = tmp_path / "m" / "tmp" / "new-dead" / "repo.git"
    left.mkdir(parents=True)
    mirror = Mirror.create(tmp_path / "m")
    assert not left.exists()
    assert mirror.fsck() == []


def test_sync_is_idempotent_and_follows_rewrites(repo, mirror, base):
    assert mirror.sync(repo.checkout()) == base
    new = repo.commit({"a.txt": "1"})
    assert mirror.sync(repo.checkout()) == new
    repo.git("reset", "-q", "--hard", base)
    rewritten = repo.commit({"a.txt": "2"})
    assert mirror.sync(repo.checkout()) == rewritten
    assert mirror.exists(new)
    assert mirror.refs("refs/windlass/user/") == {
        "refs/windlass/user/heads/main": rewritten,
        "refs/windlass/user/HEAD": rewritten,
    }


def test_sync_says_when_the_branch_is_gone(repo, mirror, base):
    checkout = repo.checkout()
    repo.git("branch", "-m", "main", "trunk")
    with pytest.raises(NotFound, match="branch 'main' is gone"):
        mirror.sync(checkout)


def test_locks_of_the_dead_are_removed(repo, mirror, base):
    for name in ("packed-refs.lock", "HEAD.lock", "refs/windlass/user/heads/main.lock"):
        (mirror.git_dir / name).parent.mkdir(parents=True, exist_ok=True)
        (mirror.git_dir / name).touch()
    new = repo.commit({"a.txt": "1"})
    assert mirror.sync(repo.checkout()) == new
    mirror.set_ref("refs/windlass/x/y", base, expected=None)
    mirror.delete_ref("refs/windlass/x/y", base)


def test_the_lock_outlives_a_killed_owner_while_its_git_lives(mirror, base, tmp_path):
    """Kill -9 of the owner frees the lock only when the git it started has ended."""
    code = (
        "import os, sys, time\nfrom pathlib import Path\nfrom windlass.workspace.trash import locked\n"
        "import subprocess\n"
        f"with locked(Path({str(mirror.home / 'lock')!r}), wait_s=1) as fd:\n"
        "    subprocess.Popen(['sleep', '0.7'], pass_fds=(fd,))\n"
        "    print('held', flush=True)\n    time.sleep(60)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert owner.stdout.readline() == b"held\n"
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    start = time.monotonic()
    mirror.set_ref("refs/windlass/x/y", base, expected=None)
    assert 0.2 < time.monotonic() - start < 30
    owner.stdout.close()


def test_kill_at_any_moment_leaves_a_sound_mirror(repo, tmp_path):
    """A process that syncs, commits and moves references is killed again and again."""
    for n in range(3):
        repo.commit({f"f{n}": os.urandom(50_000)})
    home = tmp_path / "m"
    code = (
        "import sys\nfrom pathlib import Path\nfrom windlass.workspace import *\n"
        f"m = Mirror.create(Path({str(home)!r}))\nb = m.sync(Checkout.open(Path({str(repo.path)!r})))\n"
        "n = 'refs/windlass/count/x'\nprint('up', flush=True)\n"
        "while True:\n"
        "    old = m.ref(n)\n"
        "    m.set_ref(n, m.commit(m.tree_of(b), [old or b], 'm', Author('a', 'b'), 1.0), expected=old)\n"
        "    m.merge_again(b, old or b, m.ref(n))\n"
    )
    for n in range(8):
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        if n % 2:
            child.stdout.readline()
            time.sleep(0.013 * n)
        else:
            time.sleep(0.12 + 0.02 * n)
        child.kill()
        child.wait()
        child.stdout.close()
    mirror = Mirror.create(home)
    base = mirror.sync(Checkout.open(repo.path))
    mirror.tidy()
    assert mirror.fsck() == []
    count = mirror.ref("refs/windlass/count/x")
    assert mirror.is_ancestor(base, count)
    assert not list(mirror.git_dir.rglob("*.lock"))
    assert not list(mirror.tmp.iterdir())


def test_of_many_writers_exactly_one_wins(mirror, base):
    commits = [mirror.commit(mirror.tree_of(base), [base], f"m{n}", ADA, 1.0) for n in range(8)]

    def move(oid):
        try:
            mirror.set_ref("refs/windlass/race/x", oid, expected=None)
        except Conflict:
            return None
        return oid

    with ThreadPoolExecutor(8) as pool:
        won = [oid for oid in pool.map(move, commits) if oid]
    assert len(won) == 1
    assert mirror.ref("refs/windlass/race/x") == won[0]


def test_tidying_drops_nothing_even_unreachable(repo, mirror, base):
    loose = mirror.commit(mirror.tree_of(base), [base], "nobody refers to me", ADA, 1.0)
    for n in range(4):
        repo.commit({"a.txt": str(n)})
        mirror.sync(repo.checkout())
    mirror.tidy()
    assert mirror.exists(loose)
    assert mirror.fsck() == []


def test_commits_are_deterministic_and_keep_odd_messages(mirror, base):
    args = (mirror.tree_of(base), [base], "subject\n\n# not a comment\n\nÜ\n\n\n", ADA, 5.9)
    first = mirror.commit(*args)
    assert first == mirror.commit(*args)
    (found,) = mirror.log(first, 1)
    assert (found.subject, found.at, found.author, found.parents) == ("subject", 5.0, "Ada", (base,))


def test_an_overlay_takes_paths_out_and_puts_entries_of_another_tree_in(mirror):
    ours = mirror.write_tree({"a": b"1", "tests/b": b"2", "tests/c": b"3", "d/e": b"4"})
    theirs = {entry.path: entry for entry in mirror.files(mirror.write_tree({"tests/b": b"5", "d": b"6"}))}
    made = mirror.overlaid(ours, drop=["tests/b", "tests/c"], put=theirs.values())
    assert made == mirror.write_tree({"a": b"1", "tests/b": b"5", "d": b"6"})
    assert mirror.overlaid(ours, drop=(), put=()) == ours


def test_an_author_cannot_forge_headers():
    for name, email in (("a\nparent x", "b"), ("a", "b> 1 +0000\nx <y"), ("", "b"), ("a", " ")):
        with pytest.raises(Invalid):
            Author(name, email)


def test_moved_names_both_sides(mirror, base):
    with pytest.raises(Moved, match=r"is at nothing, not at"):
        mirror.set_ref("refs/windlass/x/y", base, expected=base)


def test_objects_are_readable_by_another_user_whatever_the_umask(tmp_path):
    code = (
        "import os\nos.umask(0o077)\nfrom pathlib import Path\nfrom windlass.workspace import Mirror\n"
        f"m = Mirror.create(Path({str(tmp_path / 'm')!r}))\nm.write_tree({{'a': b'x'}})\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    mirror = Mirror.open(tmp_path / "m")
    for path in [mirror.objects, *mirror.objects.rglob("*")]:
        assert path.stat().st_mode & 0o044, path
    assert mirror.home.stat().st_mode & 0o077 == 0


def test_a_place_that_cannot_hold_a_mirror_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot make a mirror"):
        Mirror.create(tmp_path / "file" / "m")


def test_what_each_commit_changed_is_told_newest_first_without_merges(repo, mirror):
    repo.commit({"a.txt": "1", "ä b.txt": "1"})
    repo.commit({"a.txt": "2", "[x].py": "\n"})
    mirror.sync(repo.checkout())
    head = mirror.ref("refs/windlass/user/heads/main")
    assert head is not None
    newest, before, *_ = mirror.changed_together(head, 10)
    assert (newest, before) == ({"a.txt", "[x].py"}, {"a.txt", "ä b.txt"})
    assert mirror.changed_together(head, 1) == [newest]
