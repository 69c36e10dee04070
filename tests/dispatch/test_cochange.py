"""What changed together will change together; what one commit says proves nothing."""

import pytest

from windlass.dispatch.cochange import CONFIDENCE_MIN, FILES_MAX, SUPPORT_MIN, history, likely


def test_the_other_half_of_a_pair_is_predicted() -> None:
    past = history([{"a.py", "test_a.py"}] * SUPPORT_MIN + [{"a.py"}] * SUPPORT_MIN)
    assert likely(past, ["a.py"]) == {"test_a.py": CONFIDENCE_MIN}
    assert likely(past, ["test_a.py"]) == {"a.py": 1.0}
    assert likely(past, ["a.py", "test_a.py"]) == {}


def test_too_few_or_too_rare_is_no_rule() -> None:
    assert likely(history([{"a", "b"}] * (SUPPORT_MIN - 1)), ["a"]) == {}
    assert likely(history([{"a", "b"}] * 3 + [{"a"}] * 4), ["a"]) == {}


def test_a_commit_with_many_files_says_nothing() -> None:
    bulk = {f"{n}.py" for n in range(FILES_MAX + 1)}
    assert likely(history([bulk] * 10), ["1.py"]) == {}


def test_the_surest_come_first() -> None:
    past = history([{"a", "b", "c"}] * 4 + [{"a", "b"}])
    assert list(likely(past, ["a"]).items()) == [("b", 1.0), ("c", 0.8)]


def test_a_file_with_few_commits_is_judged_with_its_folder() -> None:
    past = history([{f"shop/{n}.py", "tests/test_shop.py"} for n in range(9)] + [{"shop/9.py"}])
    assert likely(past, ["shop/new.py"]) == {"tests/test_shop.py": 0.9}
    assert likely(past, ["shop/9.py"]) == {"tests/test_shop.py": pytest.approx(4 * 0.9 / 5)}
    assert likely(history([{"shop/1.py"}, {"shop/2.py"}] * 9), ["shop/1.py"]) == {}
    assert likely(past, ["other/new.py"]) == {}
