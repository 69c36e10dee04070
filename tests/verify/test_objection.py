"""An objection says where, what, and what to do."""

from windlass.verify.objection import Grade, Objection


def test_an_objection_names_the_place_and_the_way_out() -> None:
    one = Objection("tests/test_a.py", 7, "the test test_a is gone", "put it back")
    assert str(one) == "tests/test_a.py:7: the test test_a is gone (put it back)"
    assert one.grade is Grade.REFUSE
