"""Many merges in few processes give what each merge alone gives; what git refuses is unknown, alone."""

import subprocess
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st
from tests.workspace.conftest import Repo

from windlass.workspace import Conflicted, Mirror, Refused
from windlass.workspace.pairs import merged, parse_fits


def tips(repo: Repo, mirror: Mirror, count: int = 5) -> list[str]:
    """Branches that edit, rename and delete one file, and one without a common beginning."""
    start = repo.git("rev-parse", "HEAD")
    texts = [
        {"a.txt": f"{number}\ntwo\nthree\n"} if number % 2 else {f"n{number}.txt": "new\n"}
        for number in range(count)
    ]
    found = []
    for number, files in enumerate(texts):
        repo.git("switch", "-q", "-c", f"t{number}", start)
        if number == 2:
            repo.git("mv", "a.txt", "moved.txt")
        if number == 4:
            repo.git("rm", "-q", "a.txt")
        found.append(repo.commit(files))
    repo.git("switch", "-q", "--orphan", "pages")
    found.append(repo.commit({"index.html": "x\n"}))
    repo.git("switch", "-q", "-f", "-")
    mirror.sync(repo.checkout())
    return found


def test_a_pair_fits_as_its_merge_alone_says_and_what_git_refuses_is_unknown(
    repo: Repo, mirror: Mirror
) -> None:
    made = tips(repo, mirror)
    pairs = list(combinations(made, 2))
    found = mirror.fits(pairs)
    for left, right in combinations(made[:-1], 2):
        alone = mirror.merge(None, left, right)
        assert found[left, right] == (alone if isinstance(alone, Conflicted) else None)
    for left in made[:-1]:
        assert found[left, made[-1]] == Refused("unmergeable", "refusing to merge unrelated histories")
    assert any(isinstance(fit, Conflicted) for fit in found.values())


def test_what_was_told_is_kept_and_an_unreadable_file_of_it_is_made_anew(repo: Repo, mirror: Mirror) -> None:
    made = tips(repo, mirror, 4)
    pairs = list(combinations(made[:-1], 2))
    found = mirror.fits(pairs)
    kept = mirror.home / "fits.json"
    before = kept.read_bytes()
    subprocess.run(["mv", mirror.git_dir, mirror.home / "away.git"], check=True)
    assert mirror.fits(pairs) == found
    subprocess.run(["mv", mirror.home / "away.git", mirror.git_dir], check=True)
    kept.write_bytes(b"{")
    assert mirror.fits(pairs) == found
    assert kept.read_bytes() == before


def test_nothing_is_written_into_the_mirror_and_the_work_is_shared_out(repo: Repo, mirror: Mirror) -> None:
    made = tips(repo, mirror)[:-1]
    before = sorted(mirror.objects.rglob("*"))
    pairs = list(combinations(made, 2)) * 10
    found = merged(mirror.git, mirror.tmp, pairs)
    assert found == found[:10] * 10
    assert sorted(mirror.objects.rglob("*")) == before


@given(st.lists(st.tuples(st.booleans(), st.lists(st.binary(min_size=1).filter(lambda p: b"\0" not in p)))),
       st.integers(0, 40))  # fmt: skip
def test_answers_that_are_cut_off_are_left_out(told: list[tuple[bool, list[bytes]]], cut: int) -> None:
    parts = [b"%d\0oid\0%s\0" % (clean, b"".join(p + b"\0" for p in paths)) for clean, paths in told]
    whole = b"".join(parts)
    assert [fit is None for fit in parse_fits(whole)] == [clean for clean, _ in told]
    ends = [sum(map(len, parts[:n])) for n in range(len(parts) + 1)]
    left = max(0, len(whole) - cut)
    assert len(parse_fits(whole[:left])) == sum(1 for end in ends[1:] if end <= left)
