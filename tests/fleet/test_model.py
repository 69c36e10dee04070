"""Names, words and levels of instances, and the lifecycle."""

import pytest

from windlass.fleet import Instance
from windlass.fleet.model import INSTANCE, InstanceState, check_level, check_name, check_words
from windlass.kernel import Invalid


@pytest.mark.parametrize("bad", ["", "a/b", "-x", "x" * 129, "a b", "é", "a\n"])
def test_a_name_fits_into_a_line_and_has_no_slash(bad: str) -> None:
    with pytest.raises(Invalid):
        check_name(bad)
    check_name("node-12.example:7@x")


@pytest.mark.parametrize("bad", [("",), ("a\nb",), ("x",) * 101])
def test_words_have_bounds(bad: tuple[str, ...]) -> None:
    with pytest.raises(Invalid):
        check_words("skills", bad)


@pytest.mark.parametrize("bad", [-0.1, 1.1, "1", True, None, float("nan")])
def test_a_level_is_a_number_from_0_to_1(bad: object) -> None:
    with pytest.raises(Invalid):
        check_level("sql", bad)
    check_level("sql", 1)


def test_every_state_can_be_left_and_workers_know_their_instance() -> None:
    assert all(not INSTANCE.final(state) for state in InstanceState)
    one = Instance("x", "t", "h", (), {}, 1, InstanceState.LIVE, "", 0.0, 5.0, 0.0, "")
    assert one.is_mine("x/7")
    assert not one.is_mine("xy")
