"""Merging in memory: one pair, all pairs of fifty branches, and a ready checkout, beside git's own ways.

    python benchmarks/conflicts.py [--short] [--files 5000] [--branches 50] [--folder FOLDER] [REPOSITORY]

Without a REPOSITORY one is generated: 5,000 files, main with 40 commits, branches that left it at different
commits and change eight files each, two of them in a folder where everybody works. With one, its branches
are made the same way on copies of its files. Everything lies in FOLDER (default: the system's temporary
folder), whose file system is told, since work trees cost what it costs.

`merge`: seconds of one pair. Windlass asks one process of git for many merges and keeps nothing but the
answers; `a process a pair` is `git merge-tree`; `work tree` is `git merge --no-commit` and back again in a
linked work tree that is ready. `matrix`: all pairs, at first, again, and after one branch moved; the other
two columns are all pairs by the first, and one pair in fifty by the second, times fifty. `checkout`: a tree
that was merged, ready to be tested, from the copies that verification keeps; beside `git worktree add`.
"""

import argparse
import itertools
import os
import random
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from windlass.conflicts import matrix
from windlass.workspace import Checkout, Conflicted, Mirror, lent_checkout
from windlass.workspace.pairs import asked

FOLDERS, COMMITS, TOUCHED, LINES = 100, 40, 8, 60
SAMPLE, ADDED = 50, 15
WHO = {
    "GIT_AUTHOR_NAME": "b",
    "GIT_AUTHOR_EMAIL": "b@b",
    "GIT_COMMITTER_NAME": "b",
    "GIT_COMMITTER_EMAIL": "b@b",
}
ENV = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", **WHO}


def git(place: Path, *args: str, code: int | None = 0) -> str:
    done = subprocess.run(["git", "-C", place, *args], capture_output=True, text=True, env=ENV, check=False)
    assert code is None or done.returncode == code, (args, done.stderr)
    return done.stdout.strip()


def main() -> None:
    told = arguments()
    with folder(told.folder) as top:
        repo = top / "repo"
        if told.repository:
            git(top, "clone", "-q", "--no-hardlinks", str(Path(told.repository).resolve()), "repo")
        else:
            generate(repo, told.files)
        names = grow(repo, told.branches)
        print(f"{len(git(repo, 'ls-files').splitlines())} files, {told.branches} branches,"
              f" {kind(top)}, load {os.getloadavg()[0]:.1f}\n")  # fmt: skip
        report(repo, top, names, told.rounds)


def report(repo: Path, top: Path, names: Sequence[str], rounds: int) -> None:
    checkout = Checkout.open(repo)
    mirror = Mirror.create(top / "mirror")
    mirror.sync(checkout)
    tips = {name: git(repo, "rev-parse", name) for name in names}
    pairs = list(itertools.combinations(names, 2))
    git(repo, "worktree", "add", "-q", "--detach", str(top / "tree"))
    print("| | windlass | a process a pair | work tree |\n|---|---|---|---|")
    whole, again, moved, processes = matrices(mirror, repo, tips, rounds)
    trees = [seconds(lambda pair=pair: in_work_tree(top / "tree", *pair)) for pair in pairs[::SAMPLE]]
    by_hand = f"{sum(trees) * len(pairs) / len(trees):.0f}"
    each = [f"{best(taken) * 1e3 / len(pairs):.2f}" for taken in (whole, processes)]
    print(f"| merge of one pair, ms | {' | '.join(each)} | {best(trees) * 1e3:.0f} |")
    some = [(tips[left], tips[right]) for left, right in pairs[::5]]
    git_alone = [
        seconds(lambda: asked(mirror.git, mirror.tmp, some)) / len(some) * 1e3 for _ in range(rounds)
    ]
    print(f"| the same where git is asked, ms | {spread(git_alone)} | as before | as before |")
    print(f"| matrix of {len(pairs)} pairs, s | {spread(whole)} | {spread(processes)} | {by_hand} |")
    print(f"| the same again, s | {spread(again)} | as before | as before |")
    print(f"| after one branch moved, s | {spread(moved)} | - | - |")
    ready, added = checkouts(mirror, repo, top, tips)
    print(f"| ready checkout, ms p50 / p95 | {quantiles(ready)} | - | {quantiles(added)} |")


def matrices(
    mirror: Mirror, repo: Path, tips: dict[str, str], rounds: int
) -> tuple[list[float], list[float], list[float], list[float]]:
    """Seconds of the first look, the next, one after a branch moved, and a process a pair; by turns."""
    whole, again, moved, processes = [], [], [], []
    for number in range(rounds):
        (mirror.home / "fits.json").unlink(missing_ok=True)
        whole.append(seconds(lambda: matrix(mirror, tips)))
        again.append(seconds(lambda: matrix(mirror, tips)))
        name = list(tips)[-1]
        tree = mirror.tree_of(tips[name])
        git(repo, "branch", "-f", name, git(repo, "commit-tree", tree, "-p", tips[name], "-m", f"{number}"))
        mirror.sync(Checkout.open(repo))
        after = {**tips, name: git(repo, "rev-parse", name)}
        moved.append(seconds(lambda after=after: matrix(mirror, after)))
        found = matrix(mirror, tips)
        pairs = list(itertools.combinations(tips, 2))
        begin = time.perf_counter()
        codes = [alone(repo, tips[left], tips[right]) for left, right in pairs]
        processes.append(time.perf_counter() - begin)
        assert [not code for code in codes] == [found.fits[pair].clean for pair in pairs], "they differ"
    conflicts = len(found.conflicts)
    print(f"({conflicts} of {len(pairs)} pairs in conflict, by both)\n" if number else "", end="")
    return whole, again, moved, processes


def alone(repo: Path, left: str, right: str) -> int:
    args = ["git", "-C", repo, "merge-tree", "--write-tree", left, right]
    return subprocess.run(args, capture_output=True, env=ENV, check=False).returncode


def in_work_tree(place: Path, left: str, right: str) -> None:
    """What one does by hand: go to one side, merge the other, look, and go back."""
    git(place, "checkout", "-q", "--detach", left)
    git(place, "merge", "-q", "--no-commit", "--no-ff", right, code=None)
    git(place, "reset", "-q", "--hard")


def checkouts(mirror: Mirror, repo: Path, top: Path, tips: dict[str, str]) -> tuple[list[float], list[float]]:
    """Seconds until the merge of a branch into main lies on the disk, by turns in both ways."""
    main, *rest = tips
    ready, added = [], []
    for name in rest:
        merged = mirror.merge(None, tips[main], tips[name])
        if isinstance(merged, Conflicted):
            continue
        if len(added) > ADDED:
            break
        begin = time.perf_counter()
        with lent_checkout(mirror, merged.tree, top / "fresh", pool=top / "pool"):
            ready.append(time.perf_counter() - begin)
        place = top / "added"
        begin = time.perf_counter()
        git(repo, "worktree", "add", "-q", "--detach", str(place), name)
        added.append(time.perf_counter() - begin)
        git(repo, "worktree", "remove", "--force", str(place))
    return ready[1:], added[1:]  # the first of ours fills the pool


def generate(repo: Path, files: int) -> None:
    repo.mkdir()
    git(repo, "init", "-q", "-b", "main")
    for number in range(files):
        path = repo / f"d{number % FOLDERS:03}" / f"f{number:05}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"x{line} = {number + line}\n" for line in range(LINES)))
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "first")


def grow(repo: Path, branches: int) -> list[str]:
    """Commits on the current branch, then branches from some of them; the names, that branch first."""
    rng = random.Random(5)
    main = git(repo, "symbolic-ref", "--short", "HEAD")
    files = [one for one in git(repo, "ls-files").splitlines() if (repo / one).is_file() and text(repo / one)]
    hot = files[:20]
    starts = []
    for _ in range(COMMITS):
        edit(repo, rng, rng.sample(files, 3))
        starts.append(git(repo, "rev-parse", "HEAD"))
    names = [main]
    for number in range(branches - 1):
        names.append(f"b{number:02}")
        git(repo, "switch", "-q", "-c", names[-1], rng.choice(starts))
        edit(repo, rng, [*rng.sample(files, TOUCHED - 2), *rng.sample(hot, 2)])
    git(repo, "switch", "-q", main)
    return names


def edit(repo: Path, rng: random.Random, paths: Sequence[str]) -> None:
    for path in paths:
        lines = (repo / path).read_bytes().splitlines(keepends=True)
        lines[rng.randrange(len(lines))] = b"# %d\n" % rng.getrandbits(40)
        (repo / path).write_bytes(b"".join(lines))
    git(repo, "commit", "-qam", "edit")


def text(path: Path) -> bool:
    content = path.read_bytes()[:8000]
    return content.count(b"\n") > 20 and b"\0" not in content


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def best(values: Sequence[float]) -> float:
    return statistics.median(values)


def spread(values: Sequence[float]) -> str:
    return f"{best(values):.2f} ({min(values):.2f}-{max(values):.2f})"


def quantiles(values: Sequence[float]) -> str:
    ordered = sorted(values)
    p95 = ordered[int(0.95 * (len(ordered) - 1))]
    return f"{best(ordered) * 1e3:.0f} / {p95 * 1e3:.0f} (n = {len(ordered)})"


def kind(place: Path) -> str:
    done = subprocess.run(["stat", "-f", "-c", "%T", place], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@contextmanager
def folder(parent: str | None) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="windlass-conflicts-", dir=parent))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("repository", nargs="?")
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--branches", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder")
    parser.add_argument("--short", action="store_true", help="200 files, 8 branches, one round")
    told = parser.parse_args()
    if told.short:
        told.files, told.branches, told.rounds = 200, 8, 1
    return told


if __name__ == "__main__":
    main()
