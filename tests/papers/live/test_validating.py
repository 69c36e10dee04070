"""Values against schemas that may never end."""

import time
from typing import Any

import pytest

from windlass.papers.live.validating import SLOW_S, TooLong, Unusable, Validator, patience, validator

HOME = "https://tree.invalid/a.json"


def endless(name: str) -> dict[str, Any]:
    """A schema whose errors are two to the power of 60."""
    levels: dict[str, Any] = {"L0": {"type": "integer"}}
    for n in range(1, 60):
        levels[f"L{n}"] = {"anyOf": [{"$ref": f"#/$defs/L{n - 1}"}] * 2}
    return {"title": name, "$ref": "#/$defs/L59", "$defs": levels}


def test_values_are_held_against_schemas_that_refer_to_documents() -> None:
    made = validator("draft-2020-12", {HOME: {"$defs": {"a": {"items": {"type": "integer"}}}}})
    there = {"$ref": f"{HOME}#/$defs/a"}
    assert made.misfit(there, [1, 2.0]) is None
    assert made.misfit(there, [1, "b"]) == ((1,), '"b" is not of type "integer"')
    with pytest.raises(Unusable, match="cannot be used"):
        made.misfit({"$ref": f"{HOME}#/$defs/b"}, 1)
    with pytest.raises(Unusable, match="takes too long on it"):
        made.misfit({"pattern": "^(([a-z])+.)+[A-Z]([a-z])+$(?<!q)"}, "a" * 60)


def test_a_schema_that_takes_too_long_is_not_asked_again_and_others_are() -> None:
    made = Validator("draft-2020-12", None, _left_s=2.0)
    assert made.misfit({"type": "integer"}, 1) is None
    slow = endless("a")
    with pytest.raises(TooLong, match=r"took more than 0\.5 s of work"):
        made.misfit(slow, "x")
    began = time.monotonic()
    with pytest.raises(TooLong, match=r"took more than 0\.5 s of work"):
        made.misfit(slow, 1)
    assert time.monotonic() - began < 0.4
    assert made.misfit({"type": "integer"}, "b") == ((), '"b" is not of type "integer"')


def test_many_that_take_too_long_leave_time_for_others() -> None:
    made = Validator("draft-2020-12", None, _left_s=1.0)
    began = time.monotonic()
    for n in range(4):
        with pytest.raises(TooLong, match=r"more than 0\.25 s"):
            made.misfit(endless(str(n)), "x")
    assert time.monotonic() - began < 30
    assert SLOW_S > 4 * 0.25 + 4.0


def test_a_value_too_deep_is_a_misfit() -> None:
    value: Any = []
    for _ in range(200):
        value = [value]
    assert Validator("draft-2020-12", None).misfit({"type": "integer"}, value) is not None
    for _ in range(100_000):
        value = [value]
    assert Validator("draft-2020-12", None).misfit({"type": "array"}, value) == (
        (), "it is deeper than anything that is read",
    )  # fmt: skip


def test_our_own_work_ends_too() -> None:
    def work(seconds: float) -> None:
        began = time.process_time()
        while time.process_time() - began < seconds:
            pass

    with pytest.raises(TooLong, match=r"0\.05 s"), patience(0.05):
        work(10)
    with patience(0.5):
        work(0.01)
    work(0.6)
