"""Arguments at the door; the whole list of wrong ones is in test_bad_input."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.kernel import Invalid
from windlass.mesh import TOOLS
from windlass.mesh.arguments import checked

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(["task_id", "lease_token", "evidence", "lanes", "options", "commit", "reason", "x"])


@given(st.sampled_from(sorted(TOOLS)), st.dictionaries(NAMES, JSON, max_size=4))
def test_any_json_is_taken_or_refused_in_words(tool: str, arguments: dict[str, object]) -> None:
    told = f"{tool}: "
    try:
        checked(tool, arguments)
    except Invalid as error:
        told = str(error)
    assert told.startswith(f"{tool}: ")
    assert len(told) < 2_000


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(Invalid) as failed:
        checked("approve_work", {"commit": "HEAD", "note": 7, "force": True})
    for word in ("'task_id' is missing", "'commit' must be", "'note' must be", "'force' is not known"):
        assert word in str(failed.value)
    assert failed.value.hint == "arguments of approve_work: task_id, commit, note"
