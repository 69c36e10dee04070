"""Specs survive their JSON; the lifecycle holds no dead end but the ends."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.dispatch import FindingRef, Spec, TaskStatus
from windlass.dispatch.model import SPEC_MAX, TASK, parse_spec
from windlass.kernel import Invalid

TEXT = st.text(max_size=30)


@given(
    st.builds(
        Spec, runner=TEXT, paths=st.lists(TEXT, max_size=4).map(tuple), rules=st.lists(TEXT, max_size=3).map(tuple),  # noqa: E501
        findings=st.lists(st.builds(FindingRef, TEXT, st.integers(0, 9999), TEXT, TEXT), max_size=3).map(tuple),  # noqa: E501
        instructions=TEXT, trusted=st.booleans(), source=TEXT, category=TEXT,
    )
)  # fmt: skip
def test_a_spec_comes_back_as_it_was(spec: Spec) -> None:
    assert parse_spec(spec.dump()) == spec


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"runner": "x"}', '{"runner": "x", "paths": 3}',
                                  '{"runner": "x", "paths": [], "findings": [1]}'])  # fmt: skip
def test_what_is_no_spec_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_spec(text)


def test_a_spec_has_a_size() -> None:
    with pytest.raises(Invalid):
        Spec("x", ("a" * SPEC_MAX,)).dump()


def test_every_state_is_reached_and_every_end_is_an_end() -> None:
    assert set(TASK.moves) == set(TaskStatus)
    reached = {TaskStatus.PENDING}
    for _ in TaskStatus:
        reached |= {new for old in reached for new in TASK.moves[old]}
    assert reached == set(TaskStatus)
    ends = {status for status in TaskStatus if TASK.final(status)}
    assert ends == {TaskStatus.COMPLETED, TaskStatus.FAILED, TaskStatus.CANCELLED}
    assert all(TaskStatus.CANCELLED in TASK.moves[status] for status in set(TaskStatus) - ends)
