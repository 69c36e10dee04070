"""Who may begin: never two that overlap, the better first, and everyone in the end."""

from hypothesis import given, settings
from hypothesis import strategies as st

from windlass.dispatch.apart import PATIENCE_S, Ground, Waiting, settle
from windlass.dispatch.globs import overlap


def waiting(task: int, *touches: str, wsjf: float = 1.0, ready_at: float = 0.0, root: int = 0) -> Waiting:
    return Waiting(Ground(task, root or task, touches), wsjf, ready_at, held=True)


def test_the_better_of_two_begins() -> None:
    assert settle([], [waiting(1, "a"), waiting(2, "a/b", wsjf=2.0)], 0.0) == {1: 2, 2: None}


def test_what_is_at_work_stays_in_the_way() -> None:
    at_work = [Ground(9, 9, ("src/**",))]
    assert settle(at_work, [waiting(1, "src/a.py", wsjf=99.0), waiting(2, "docs")], 0.0) == {1: 9, 2: None}


def test_a_chain_is_not_in_its_own_way() -> None:
    assert settle([Ground(9, 9, ("a",))], [waiting(1, "a", root=9)], 0.0) == {1: None}


def test_guesses_count_against_what_is_sure_alone() -> None:
    at_work = [Ground(9, 9, ("a",), likely=("b", "c"))]
    guess = Waiting(Ground(2, 2, ("d",), likely=("c", "a")), 1.0, 0.0, held=False)
    only = Waiting(Ground(3, 3, ("e",), likely=("c",)), 1.0, 0.0, held=False)
    assert settle(at_work, [waiting(1, "b"), guess, only], 0.0) == {1: 9, 2: 9, 3: None}


def test_two_that_nearly_surely_change_a_file_are_kept_apart() -> None:
    at_work = [Ground(9, 9, ("a",), surer=("log",))]
    asked = {"surer": Ground(1, 1, ("b",), surer=("log",)), "likely": Ground(2, 2, ("c",), likely=("log",))}
    answer = settle(at_work, [Waiting(one, 1.0, 0.0, held=False) for one in asked.values()], 0.0)
    assert answer == {1: 9, 2: None}


def test_who_waited_long_keeps_its_place() -> None:
    at_work = [Ground(9, 9, ("src/a.py",))]
    crowd = [waiting(1, "src/**", ready_at=0.0), waiting(2, "src/b.py", ready_at=PATIENCE_S + 1)]
    assert settle(at_work, crowd, PATIENCE_S + 1) == {1: 9, 2: 1}
    assert settle(at_work, [crowd[0], waiting(2, "src/b.py", ready_at=100.0)], 200.0) == {1: 9, 2: None}


TOUCHES = st.lists(
    st.sampled_from(["a", "a/b", "a/*", "**/c", "b", "b/c", "b/**", "*/c", "d[12]", "d1"]),
    min_size=1,
    max_size=3,
)
CROWD = st.lists(st.tuples(TOUCHES, TOUCHES, st.sampled_from([1.0, 2.0, 5.0]), st.booleans()), max_size=12)


@settings(max_examples=200, deadline=None)
@given(CROWD, st.lists(TOUCHES, max_size=3))
def test_nothing_that_may_begin_overlaps_and_nobody_waits_for_nothing(
    crowd: list[tuple[list[str], list[str], float, bool]], busy: list[list[str]]
) -> None:
    at_work = [Ground(1000 + n, 1000 + n, tuple(touches)) for n, touches in enumerate(busy)]
    asked = [
        Waiting(Ground(n, n, tuple(sure), tuple(likely)), wsjf, 0.0, held)
        for n, (sure, likely, wsjf, held) in enumerate(crowd)
    ]
    answer = settle(at_work, asked, 1.0)
    free = [one.ground for one in asked if answer[one.ground.task] is None]
    for ground in free:
        for other in [*at_work, *free]:
            if other is not ground:
                assert not overlap(ground.touches, other.touches)
                assert not overlap(ground.touches, other.likely)
    known = {ground.task: ground for ground in [*at_work, *free]}
    for one in asked:
        blocker = answer[one.ground.task]
        if blocker is not None:
            other = known[blocker]
            assert overlap(one.ground.touches, (*other.touches, *other.likely)) or overlap(
                one.ground.likely, other.touches
            )
