"""Two independent merges agree, on cases by hand and on random histories."""

import random

import pytest

from windlass.workspace import Author, Conflicted
from windlass.workspace.model import Merged

ADA = Author("Ada", "ada@example.org")
LINES = "".join(f"line {n}\n" for n in range(40))


def merged_both_ways(repo, mirror, ours, theirs, files=None):
    """Commit both sides on one base (functions that edit the work tree) and merge by both means."""
    base = repo.commit({"f.txt": LINES, "g.txt": "g\n", "d/h.txt": "h\n" * 9, **(files or {})})
    tips = []
    for side, change in (("ours", ours), ("theirs", theirs)):
        repo.git("checkout", "-q", "-B", side, base)
        change(repo)
        repo.commit({}, side)
        tips.append(repo.git("rev-parse", "HEAD"))
    repo.git("checkout", "-q", "main")
    mirror.sync(repo.checkout())
    return mirror.merge(base, *tips), mirror.merge_again(base, *tips)


def put(**files):
    return lambda repo: repo.write({name.replace("_", "."): text for name, text in files.items()})


def edit(old, new, name="f.txt"):
    return lambda repo: repo.write({name: (repo.path / name).read_text().replace(old, new)})


def move(old, new):
    return lambda repo: repo.git("mv", old, new)


def both(*changes):
    return lambda repo: [change(repo) for change in changes]


CLEAN = {
    "different lines": (edit("line 3\n", "three\n"), edit("line 30\n", "thirty\n")),
    "different files": (edit("line 3\n", "three\n"), put(g_txt="G\n")),
    "one side only": (put(), edit("line 3\n", "three\n")),
    "same change": (edit("line 3\n", "three\n"), edit("line 3\n", "three\n")),
    "rename and edit": (move("f.txt", "moved.txt"), edit("line 3\n", "three\n")),
    "edit and rename": (edit("line 3\n", "three\n"), move("f.txt", "d/moved.txt")),
    "rename with edit and edit": (
        both(move("f.txt", "m.txt"), edit("line 9\n", "nine\n", "m.txt")),
        edit("line 30\n", "x\n"),
    ),
    "delete and nothing": (lambda r: r.git("rm", "-q", "g.txt"), edit("line 3\n", "three\n")),
    "mode and content": (lambda r: (r.path / "f.txt").chmod(0o755), edit("line 3\n", "three\n")),
    "both add the same": (put(n_txt="n\n"), put(n_txt="n\n")),
    "folder replaced by file": (
        lambda r: (r.git("rm", "-q", "d/h.txt"), r.write({"d": "now a file\n"})),
        edit("line 3\n", "x\n"),
    ),
}
CONFLICTS = {
    "same line": (edit("line 3\n", "three\n"), edit("line 3\n", "drei\n")),
    "edit and delete": (edit("line 3\n", "three\n"), lambda r: r.git("rm", "-q", "f.txt")),
    "both add differently": (put(n_txt="n\n"), put(n_txt="m\n")),
    "binary": (put(g_txt=b"\0a"), put(g_txt=b"\0b")),
    "rename to two names": (move("f.txt", "one.txt"), move("f.txt", "two.txt")),
}


@pytest.mark.parametrize("case", CLEAN)
def test_clean_merges_agree(repo, mirror, case):
    one, two = merged_both_ways(repo, mirror, *CLEAN[case])
    assert isinstance(one, Merged)
    assert one == two


@pytest.mark.parametrize("case", CONFLICTS)
def test_conflicts_are_conflicts_both_ways(repo, mirror, case):
    one, two = merged_both_ways(repo, mirror, *CONFLICTS[case])
    assert isinstance(one, Conflicted)
    assert isinstance(two, Conflicted)
    assert one.paths


def test_attributes_and_drivers_of_the_tree_have_no_effect(repo, mirror, tmp_path):
    """`union` would resolve this; a driver would run. Neither may, on any git."""
    attributes = "*.txt merge=union\ng.txt merge=evil filter=evil\n"
    case = (edit("line 3\n", "three\n"), edit("line 3\n", "drei\n"))
    one, two = merged_both_ways(repo, mirror, *case, files={".gitattributes": attributes})
    assert isinstance(one, Conflicted)
    assert isinstance(two, Conflicted)


def test_random_histories_agree(repo, mirror):
    """Where both merge cleanly they give the same tree; merge_again may only be stricter."""
    seen = {"same": 0, "conflict": 0}
    for seed in range(25):
        one, two = _random_merge(mirror, random.Random(seed))
        if isinstance(one, Merged) and isinstance(two, Merged):
            assert one == two, seed
            seen["same"] += 1
        else:
            assert isinstance(two, Conflicted), seed
            seen["conflict"] += 1
    assert min(seen.values()) > 0, seen


def _random_merge(mirror, chance):
    files = {f"f{n}": [f"{n} {line}\n" for line in range(30)] for n in range(4)}
    base = _store(mirror, files)
    sides = []
    for _ in range(2):
        mine = {path: list(lines) for path, lines in files.items()}
        for _ in range(chance.randint(1, 4)):
            lines = mine.get(f"f{chance.randrange(4)}") or mine[min(mine)]
            at = chance.randrange(len(lines))
            lines[at : at + chance.randint(0, 2)] = [f"new {chance.random()}\n"] * chance.randint(0, 2)
        if chance.random() < 0.4:
            mine[f"moved{chance.randrange(2)}"] = mine.pop(min(mine))
        sides.append(_store(mirror, mine, base))
    return mirror.merge(base, *sides), mirror.merge_again(base, *sides)


def _store(mirror, files, *parents):
    tree = mirror.write_tree({path: "".join(lines).encode() for path, lines in files.items()})
    return mirror.commit(tree, parents, "m", ADA, 1_700_000_000.0)


def test_made_up_commits_leave_nothing_behind(mirror, base):
    before = sum(1 for p in mirror.objects.rglob("*") if p.is_file())
    mirror.merge(base, base, base)
    assert sum(1 for p in mirror.objects.rglob("*") if p.is_file()) == before
    assert not list(mirror.tmp.iterdir())
