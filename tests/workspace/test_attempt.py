"""Private repositories: cheap to make, safe to read, easy to throw away."""

import os
import subprocess
import time

import pytest

from windlass.kernel import Conflict, Invalid, NotFound
from windlass.workspace import Attempt, Checkout, ImportBudget, Mirror, Refused, import_pack
from windlass.workspace.model import Imported


def test_an_attempt_is_a_working_repository(attempt, repo, base):
    mine = type(repo)(attempt.path)
    assert mine.git("status", "--porcelain") == ""
    assert mine.git("rev-parse", "HEAD", "--abbrev-ref", "HEAD").split() == [base, "windlass/t1/1"]
    mine.commit({"x": "1"})
    mine.git("stash", "list")
    mine.git("checkout", "-q", "-b", "try")
    mine.git("rebase", "-q", "windlass/t1/1")
    mine.git("fsck")


def test_mounts_show_own_folders_writable_and_objects_read_only(attempt, mirror):
    assert attempt.mounts() == (
        (attempt.path, str(attempt.path), True),
        (attempt.out, str(attempt.out), True),
        (mirror.objects, str(mirror.objects), False),
        (attempt.home / "index", str(attempt.home / "index"), False),
    )


def test_names_that_could_lead_elsewhere_are_refused(mirror, base, tmp_path):
    for branch in ("../../etc", "windlass/../x", "-x", "a b", "x.lock", ""):
        with pytest.raises(Invalid):
            Attempt.create(mirror, tmp_path / "a", base, branch)
    with pytest.raises(NotFound):
        Attempt.create(mirror, tmp_path / "a", "1" * 40, "windlass/t/1")


def test_one_fence_has_one_attempt(attempt, mirror, base):
    with pytest.raises(Conflict):
        Attempt.create(mirror, attempt.home.parent, base, attempt.branch)


def test_attempts_are_listed_and_removed_whatever_lies_in_them(attempt, mirror, base, tmp_path):
    other = Attempt.create(mirror, tmp_path / "attempts", base, "windlass/t2/7")
    assert Attempt.list(tmp_path / "attempts") == [attempt, other]
    deep = attempt.path
    fd = os.open(deep, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=fd)
        inner = os.open("d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = inner
    os.close(fd)
    (attempt.path / "link").symlink_to(other.path)
    os.mkfifo(attempt.path / "fifo")
    (attempt.path / "closed").mkdir()
    (attempt.path / "closed" / "f").touch()
    (attempt.path / "closed").chmod(0)
    attempt.remove()
    attempt.remove()
    assert Attempt.list(tmp_path / "attempts") == [other]
    assert (other.path / "a.txt").exists()
    assert list((tmp_path / "attempts" / ".trash").iterdir()) == []


def test_sweep_takes_what_a_crash_left_but_not_work_in_progress(attempt, tmp_path):
    root = tmp_path / "attempts"
    (root / ".making-dead" / "attempt" / "tree").mkdir(parents=True)
    (root / ".trash").mkdir(exist_ok=True)
    attempt.home.rename(root / ".trash" / "t1.1-abc")
    assert Attempt.sweep(root) == 2
    assert sorted(p.name for p in root.iterdir()) == [".trash"]
    assert Attempt.sweep(root) == 0
    assert Attempt.sweep(tmp_path / "absent") == 0
    assert Attempt.list(tmp_path / "absent") == []


def test_the_commit_holds_every_kind_of_change(attempt, mirror, base, bring, repo):
    (attempt.path / "src" / "b.py").rename(attempt.path / "src" / "c.py")
    (attempt.path / "a.txt").unlink()
    (attempt.path / "new").mkdir()
    (attempt.path / "new" / os.fsdecode(b"\xff")).write_bytes(b"odd\r\n")
    (attempt.path / ".gitignore").write_text("junk/\n")
    (attempt.path / "junk").mkdir()
    (attempt.path / "junk" / "x").touch()
    os.mkfifo(attempt.path / "fifo")
    pack, head = bring(attempt)
    got = import_pack(mirror, pack, base, head, ImportBudget())
    assert isinstance(got, Imported)
    assert [e.path for e in mirror.files(head)] == [".gitignore", os.fsdecode(b"new/\xff"), "src/c.py"]
    (found,) = mirror.log(head, 1)
    assert (found.author, found.at, found.parents) == ("Ada", 1_800_000_000.0, (base,))


def test_nothing_changed_gives_the_base(attempt, mirror, base, bring):
    pack, head = bring(attempt)
    assert head == base
    assert import_pack(mirror, pack, base, head, ImportBudget()).reason == "empty"


def test_line_endings_and_filters_neither_change_files_nor_run(make_repo, tmp_path, bring, plainly, author):
    """A repository whose attributes would rewrite every file on checkout or add: bytes stay bytes."""
    mark = tmp_path / "fired"
    files = {
        ".gitattributes": "* text=auto eol=crlf ident filter=evil working-tree-encoding=UTF-16\n",
        "unix": "$Id$\nb\n", "dos": "a\r\nb\r\n", "p.bin": "version https://git-lfs.github.com/spec/v1\n",
    }  # fmt: skip
    repo = make_repo("raw", files={"x": "x"})
    repo.write(files)
    for name in files:
        oid = repo.git("hash-object", "-w", "--no-filters", name)
        repo.git("update-index", "--add", "--cacheinfo", f"100644,{oid},{name}")
    repo.git("commit", "-q", "-m", "raw")
    mirror = Mirror.create(tmp_path / "m")
    base = mirror.sync(Checkout.open(repo.path))
    attempt = Attempt.create(mirror, tmp_path / "att", base, "windlass/t/1")
    with (attempt.path / ".git" / "config").open("a") as file:
        file.write(f'[filter "evil"]\n\tclean = touch {mark}\n\tsmudge = touch {mark}\n')
    assert {n: (attempt.path / n).read_bytes().decode() for n in files} == files
    assert bring(attempt)[1] == base
    (attempt.path / "unix").write_text("$Id$\nc\n")
    pack, head = bring(attempt)
    assert isinstance(import_pack(mirror, pack, base, head, ImportBudget()), Imported)
    assert [c.path for c in mirror.changed(base, head)] == ["unix"]
    assert not mark.exists()


def test_a_submodule_stays_as_it_was(make_repo, tmp_path, bring):
    library, repo = make_repo("library"), make_repo("app")
    repo.git("submodule", "add", "-q", str(library.path), "libs/one")
    repo.commit({})
    mirror = Mirror.create(tmp_path / "m")
    base = mirror.sync(Checkout.open(repo.path))
    attempt = Attempt.create(mirror, tmp_path / "att", base, "windlass/t/1")
    assert (attempt.path / "libs" / "one").is_dir()
    assert bring(attempt)[1] == base
    (attempt.path / "a.txt").write_text("changed\n")
    pack, head = bring(attempt)
    assert isinstance(import_pack(mirror, pack, base, head, ImportBudget()), Imported)
    assert [c.path for c in mirror.changed(base, head)] == ["a.txt"]


def test_a_repository_planted_inside_is_refused(attempt, mirror, base, bring, repo):
    inner = attempt.path / "vendor"
    inner.mkdir()
    type(repo)(inner).git("init", "-q")
    type(repo)(inner).commit({"x": "x"})
    pack, head = bring(attempt)
    assert import_pack(mirror, pack, base, head, ImportBudget()).reason == "submodule"


def test_scripts_survive_a_poisoned_out_folder(attempt, bring, mirror, base):
    (attempt.path / "a.txt").write_text("good\n")
    _, head = bring(attempt)
    subprocess.run(["rm", "-rf", attempt.out / "repo.git"], check=True)
    (attempt.out / "repo.git").symlink_to("/")
    (attempt.out / "head").unlink()
    (attempt.out / "head").symlink_to(attempt.home / "about.json")
    closed = attempt.out / "closed"
    closed.mkdir()
    (closed / "x").touch()
    closed.chmod(0)
    assert bring(attempt)[1] == head
    assert sorted(p.name for p in attempt.out.iterdir()) == ["head", "index", "repo.git"]


def test_a_shallow_base_works(repo, tmp_path, bring):
    for n in range(4):
        repo.commit({"a.txt": f"{n}\n"})
    repo.git("clone", "-q", "--depth", "1", f"file://{repo.path}", str(tmp_path / "shallow"))
    mirror = Mirror.create(tmp_path / "m")
    base = mirror.sync(Checkout.open(tmp_path / "shallow"))
    attempt = Attempt.create(mirror, tmp_path / "att", base, "windlass/t/1")
    type(repo)(attempt.path).git("log")
    (attempt.path / "a.txt").write_text("x\n")
    pack, head = bring(attempt)
    assert isinstance(import_pack(mirror, pack, base, head, ImportBudget()), Imported)


def test_sha256_attempts_work(make_repo, tmp_path, bring):
    mirror = Mirror.create(tmp_path / "m", object_format="sha256")
    base = mirror.sync(make_repo("s", object_format="sha256").checkout())
    attempt = Attempt.create(mirror, tmp_path / "att", base, "windlass/t/1")
    (attempt.path / "a.txt").write_text("x\n")
    pack, head = bring(attempt)
    assert isinstance(import_pack(mirror, pack, base, head, ImportBudget()), Imported)
    assert import_pack(mirror, pack, base, head[:40], ImportBudget()) == Refused(
        "bad-head", f"{head[:40]!r} is not a commit id"
    )


def test_a_message_is_bounded(attempt, author):
    for message in ("", "\n\0", "x" * 40_000):
        with pytest.raises(Invalid):
            attempt.commit_script(message, author, 1.0)


def test_five_hundred_files_cost_no_more_than_a_worktree(make_repo, tmp_path):
    """Goal 0.1 s on an idle disk; a busy one slows git's own worktree just as much."""
    repo = make_repo("big", files={f"d{n % 20}/f{n}": f"{n}\n" * 50 for n in range(500)})
    mirror = Mirror.create(tmp_path / "m")
    base = mirror.sync(Checkout.open(repo.path))
    ours, theirs = [], []
    for n in range(3):
        start = time.perf_counter()
        Attempt.create(mirror, tmp_path / "att", base, f"windlass/t/{n}")
        middle = time.perf_counter()
        repo.git("worktree", "add", "-q", "--detach", str(tmp_path / f"w{n}"))
        ours.append(middle - start)
        theirs.append(time.perf_counter() - middle)
    assert min(ours) < 3 * min(theirs) + 0.1, (ours, theirs)
