"""What a letter, a shared value and a lock may look like."""

import pytest

from windlass.commons.model import Lock, check_key, check_letter, dump_value
from windlass.kernel import Invalid


@pytest.mark.parametrize(
    ("receiver", "kind", "body"),
    [("", "note", "x"), ("instance:", "note", "x"), ("somebody", "note", "x"), ("all", "Note!", "x"),
     ("all", "note", " "), ("all", "note", "x" * 16_385), ("all", "note", "a\0"), ("lane:a\nb", "note", "x")],
)  # fmt: skip
def test_a_letter_needs_a_receiver_a_kind_and_a_body(receiver: str, kind: str, body: str) -> None:
    with pytest.raises(Invalid):
        check_letter(receiver, kind, body)


@pytest.mark.parametrize("bad", ["", "\n", "x" * 201, "é", "/x"])
def test_a_key_fits_into_a_line(bad: str) -> None:
    with pytest.raises(Invalid):
        check_key(bad)


@pytest.mark.parametrize("bad", [object(), float("nan"), "x" * 65_537, {"a": {1, 2}}, "a\0"])
def test_a_value_is_json_of_bounded_size(bad: object) -> None:
    with pytest.raises(Invalid):
        dump_value(bad)
    assert dump_value({"b": 1, "a": [None]}) == '{"a":[null],"b":1}'


def test_a_lock_ends_at_its_time() -> None:
    lock = Lock("r", "x", None, 1, 10.0)
    assert lock.held(9.9)
    assert not lock.held(10.0)
