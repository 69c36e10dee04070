"""What a check is expected to take and to find."""

from windlass.verify.expecting import FOUND, OTHER_S, RUNS, Cost, expected


def test_what_nobody_measured_is_a_prior_and_says_so() -> None:
    new = expected("types", None)
    assert (new.runs, new.finds) == (0, FOUND / RUNS)
    assert expected("security", None).seconds == OTHER_S


def test_few_runs_move_the_prior_a_little_and_many_replace_it() -> None:
    few, many = expected("tests", Cost(10.0, 1, 1)), expected("tests", Cost(10.0, 980, 490))
    assert few.finds == 2 / 21
    assert 0.49 < many.finds < 0.5


def test_finds_per_second_prefer_the_quick_and_the_telling() -> None:
    slow, quick = expected("types", Cost(60.0, 20, 10)), expected("types", Cost(3.0, 20, 1))
    assert quick.density > slow.density
    assert expected("types", Cost(0.0, 1, 0)).density < float("inf")
