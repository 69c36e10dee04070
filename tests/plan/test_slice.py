"""Which files an item's next task may change."""

from hypothesis import given
from hypothesis import strategies as st

from windlass.backlog import Finding
from windlass.plan import choose
from windlass.policy.sensitive_paths import sensitive


def found(*paths: str) -> list[Finding]:
    return [
        Finding("sarif", "F401", f"f{n}", path, n + 1, "unused", "warning") for n, path in enumerate(paths)
    ]


def test_paths_come_in_order_and_few() -> None:
    assert choose(found("c.py", "a.py", "b.py", "a.py"), 2) == ("a.py", "b.py")


def test_sensitive_files_come_last_and_by_themselves() -> None:
    both = found("auth.py", "b.py", ".github/workflows/ci.yml")
    assert choose(both, 10) == ("b.py",)
    assert choose(found("auth.py", ".github/workflows/ci.yml"), 10) == (".github/workflows/ci.yml", "auth.py")


def test_a_name_that_no_change_may_hold_does_not_spoil_the_slice() -> None:
    odd = found("a\nb.py", "c.py", "auth.py")
    assert choose(odd, 10) == ("c.py",)
    assert choose(odd[::2], 10) == ("auth.py",)
    assert choose(odd[:1], 10) == ("a\nb.py",)


def test_a_prefix_of_the_scope_sets_files_apart_too() -> None:
    assert choose(found("docs/a.md", "b.py"), 10, prefixes=("docs/",)) == ("b.py",)


def test_a_slice_ends_before_it_holds_too_many_findings_but_never_empty() -> None:
    many = found(*["a.py"] * 5, *["b.py"] * 5, "c.py")
    assert choose(many, 10, findings_max=7) == ("a.py",)
    assert choose(many, 10, findings_max=1) == ("a.py",)
    assert choose(many, 0) == ("a.py",)


def test_no_findings_no_files() -> None:
    assert choose([], 5) == ()


PATHS = st.lists(st.sampled_from(["a.py", "b/c.py", "auth.py", "go.mod", "z.py", "m.py"]), max_size=30)


@given(PATHS, st.integers(0, 8), st.none() | st.integers(0, 20), st.randoms())
def test_the_same_findings_in_any_order_give_the_same_slice(
    paths: list[str], files_max: int, findings_max: int | None, random: object
) -> None:
    chosen = choose(found(*paths), files_max, findings_max=findings_max)
    shuffled = list(paths)
    random.shuffle(shuffled)
    assert choose(found(*shuffled), files_max, findings_max=findings_max) == chosen
    assert len(chosen) <= max(1, files_max)
    assert set(chosen) <= set(paths)
    assert bool(chosen) is bool(paths)
    assert len({sensitive(path) is None for path in chosen}) <= 1


@given(PATHS, st.integers(1, 8), st.integers(0, 20))
def test_the_number_of_files_alone_gives_the_same_slice_again(
    paths: list[str], files_max: int, findings_max: int
) -> None:
    """Planning stores only how many files a slice has; dispatch must come to the same files."""
    chosen = choose(found(*paths), files_max, findings_max=findings_max)
    if chosen:
        assert choose(found(*paths), len(chosen)) == chosen
