from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from windlass.verify.evaluation.comparison import axis_scores, compare
from windlass.verify.evaluation.model import Axis, Evaluation, Figure, Weights

W = Weights()


def made(*, solved: float | None = 1.0, wall: float | None = 0.5, lint: float | None = 1.0, lines: int = 5,
         refused: str = "") -> Evaluation:  # fmt: skip
    figures = [
        Figure(Axis.PERFORMANCE, "wall time", wall, 1.0, 1.0, "s", why="" if wall else "no tests"),
        Figure(Axis.QUALITY, "lint", lint, 0, None, "new"),
    ]
    if solved is not None:
        figures.append(Figure(Axis.VALUE, "acceptance", solved, solved, None, "of 1", solves=True))
    return Evaluation("t", "b", 1.0, lines, tuple(figures), refused)


def test_doing_more_of_the_work_goes_before_every_other_figure() -> None:
    found = compare({"half": made(solved=0.5, wall=0.9), "whole": made(wall=0.1, lint=0.1)}, W)
    assert found.winner == "whole"
    assert "It does 100% of the work, half 50%." in found.told


def test_who_solves_nothing_or_was_refused_wins_against_nobody() -> None:
    found = compare({"no": made(solved=0.0, wall=1.0), "red": made(refused="a test fails")}, W)
    assert found.winner is None
    assert any("a test fails" in line for line in found.told)
    assert any("solves none of it" in line for line in found.told)


def test_unknown_never_wins_a_comparison() -> None:
    found = compare({"dark": made(wall=None), "slow": made(wall=0.1)}, W)
    assert found.winner == "slow"
    alone = compare({"dark": made(wall=None)}, W)
    assert alone.winner == "dark"
    assert "Unknown of dark: wall time (no tests)." in alone.told


def test_what_nobody_measured_counts_for_nobody() -> None:
    one, other = made(wall=None, lint=0.9), made(wall=None, lint=0.8)
    assert axis_scores(one, [one, other])["performance"] is None
    assert compare({"one": one, "other": other}, W).winner == "one"


def test_among_equals_the_smaller_change_wins_and_it_is_told_as_close() -> None:
    found = compare({"long": made(lines=90), "short": made(lines=3)}, W)
    assert (found.winner, found.close) == ("short", True)
    assert any("close" in line for line in found.told)


def test_the_verdict_says_by_what() -> None:
    slow = replace(made(wall=0.2), figures=made(wall=0.2).figures)
    told = " ".join(compare({"quick": made(wall=0.6), "slow": slow}, W).told)
    assert "Quick wins with" in told
    assert "On performance it is ahead, 0.60 to 0.20" in told


def test_nobody_at_all_is_an_answer_too() -> None:
    assert compare({}, W).told == ("Nobody wins: nobody submitted anything.",)


SCORES = st.one_of(st.none(), st.floats(0, 1))


@given(st.lists(st.tuples(SCORES, SCORES), min_size=2, max_size=5), st.data())
def test_measuring_more_of_the_others_never_helps_the_unknown(
    pairs: list[tuple[float | None, float | None]], data: st.DataObject
) -> None:
    """Whoever has no figure at all is never first while somebody who scores above 0 is there."""
    entries = {f"e{n}": made(solved=None, wall=wall, lint=lint) for n, (wall, lint) in enumerate(pairs)}
    found = compare({"blind": made(solved=None, wall=None, lint=None), **entries}, W)
    if any(one.total > 0.001 for one in found.order):
        assert found.winner != "blind"
