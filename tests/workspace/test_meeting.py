"""A pair that is told to merge for certain does so by git as well, whatever happened on both sides."""

import random
from itertools import combinations

from tests.workspace.conftest import Repo

from windlass.workspace import Mirror
from windlass.workspace.meeting import Meeting, Step, above, bits, parse_steps
from windlass.workspace.pairs import asked, merged, telling

PATHS = ("a", "d", "d/x", "d/y", "e/f/g", "e/f", "h", "i", "j", "k")


def step(rng: random.Random, files: dict[str, str]) -> dict[str, str]:
    """Edit, add, remove or rename one file; a file may take a folder's place and the other way round."""
    files, path = dict(files), rng.choice(PATHS)
    if rng.random() < 0.3 and files:
        old = rng.choice(sorted(files))
        text = files.pop(old)
        if rng.random() < 0.6:
            files[path] = text
    else:
        lines = files.get(path, "".join(f"{n}\n" for n in range(8))).splitlines(keepends=True)
        lines[rng.randrange(8)] = f"{rng.random()}\n"
        files[path] = "".join(lines)
    taken = {folder for one in files for folder in above(one)}
    return {one: text for one, text in files.items() if one not in taken}


def grown(mirror: Mirror, seed: int) -> list[str]:
    """Commits of a random history, some of them merges of any two that are there, some crossing."""
    rng, made = random.Random(seed), []
    for _ in range(24):
        parents = rng.sample(made, min(len(made), 1 + (rng.random() < 0.25)))
        files = dict.fromkeys(PATHS[6:], "".join(f"{n}\n" for n in range(8)))
        for parent, _ in parents:
            files = dict(next(held for commit, held in made if commit == parent))
        files = step(rng, files)
        tree = mirror.write_tree({path: text.encode() for path, text in files.items()})
        commit = mirror.git.run("commit-tree", tree, *(w for p, _ in parents for w in ("-p", p)), stdin=b"x")
        made.append((commit.text, files))
    return [commit for commit, _ in made]


def test_what_merges_for_certain_merges(repo: Repo, mirror: Mirror) -> None:
    mirror.sync(repo.checkout())
    certain = 0
    for seed in range(2):
        commits = grown(mirror, seed)
        pairs = list(combinations(commits[4:], 2))
        honest = asked(mirror.git, mirror.tmp, pairs)
        assert merged(mirror.git, mirror.tmp, pairs) == honest
        surely = telling(mirror.git, pairs)
        certain += sum(1 for pair in pairs if surely(*pair))
    assert certain > 10


def test_paths_that_meet_and_crossing_histories_are_left_to_git() -> None:
    steps = {
        "a": Step(("o",), frozenset({"d/x"})), "b": Step(("o",), frozenset({"d/y"})),
        "c": Step(("o",), frozenset({"d"})), "ab": Step(("a", "b"), frozenset({"p"})),
        "ba": Step(("b", "a"), frozenset({"q"})), "far": Step((), frozenset({"z"})),
    }  # fmt: skip
    surely = Meeting(steps, "o").surely
    assert surely("a", "b")
    assert surely("o", "ab")
    assert surely("a", "ab")
    assert not surely("a", "c")
    assert not surely("ab", "ba")
    assert not surely("far", "a")
    assert not surely("a", "unknown")


def test_a_merge_is_told_once_for_each_parent() -> None:
    out = b"\x01a o\0\nx\0\x01m a b\0\ny\0\x01m a b\0\nz\0"
    assert parse_steps(out) == {
        "a": Step(("o",), frozenset("x")), "m": Step(("a", "b"), frozenset("yz"))
    }  # fmt: skip
    assert list(bits(0b1010)) == [1, 3]
    assert list(above("a/b/c")) == ["a", "a/b"]
