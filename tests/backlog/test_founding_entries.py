"""Entries of the founding tools' backlog.yml: each once, with its scores, its text and its state."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from tests.app.founding_texts import BACKLOG

from windlass.backlog.acceptance import check_acceptance
from windlass.backlog.entries import read_document
from windlass.backlog.founding_entries import is_founding, on_the_scale, translate
from windlass.backlog.model import SCALE, ItemState
from windlass.kernel import Invalid


def test_whose_file_it_is() -> None:
    assert is_founding(yaml.safe_load(BACKLOG))
    assert is_founding({"items": [{"id": "A-1", "title": "x"}]})
    assert is_founding({"items": [{"title": "x", "acceptance_criteria": ["y"]}]})
    assert is_founding({"backlog": []})
    assert not is_founding({"format": 1, "items": [{"id": "A-1"}]})
    assert not is_founding({"items": [{"id": 3, "title": "x"}]})
    assert not is_founding({"items": [{"titel": "x"}]})
    assert not is_founding({"items": "x"})


def test_the_founding_entries() -> None:
    brought = translate(yaml.safe_load(BACKLOG))
    first, second = brought.entries
    assert (first.key, first.title, first.category) == (
        "backlog.yml/CORE-001",
        "Measure calls",
        "technical-debt",
    )
    assert (first.state, first.reason) == (ItemState.BLOCKED, "imported: no key yet")
    assert first.score == {"value": 8, "criticality": 1, "risk_reduction": 3, "size": 3}
    assert first.labels == ("risk:medium", "observability")
    assert first.text == (
        "Measure every call\n\nDone when:\n- It counts tokens\n- Answers: 200\n\nSee:\n- src/x.py\n\n"
        "CORE-001, on the backlog since 2025-01-26"
    )
    assert (second.state, second.category, second.text) == (ItemState.OPEN, "feature", "NW001")
    assert brought.done == ("INFRA-001",)
    assert brought.rounded == (
        "CORE-001 value 10 -> 8", "CORE-001 time_criticality 0 -> 1", "CORE-001 effort 2.5 -> 3"
    )  # fmt: skip


def test_criteria_in_prose_are_never_run() -> None:
    """They read like commands to a shell, and are none."""
    (entry,) = translate({"items": [{"id": "A", "title": "x", "acceptance_criteria": ["rm -rf /"]}]}).entries
    assert entry.acceptance is None
    assert check_acceptance(["rm -rf /"]) == ("rm -rf /",)


@pytest.mark.parametrize(
    ("status", "state"),
    [("NEW", "open"), ("refined", "open"), ("READY", "open"), ("DOING", "open"), ("In Progress", "open"),
     ("PR", "open"), ("BLOCKED", "blocked"), ("MERGED", None), ("done", None)],
)  # fmt: skip
def test_states(status: str, state: str | None) -> None:
    brought = translate({"items": [{"id": "A", "title": "x", "status": status}]})
    assert [one.state.value for one in brought.entries if one.state] == ([state] if state else [])
    assert brought.done == (() if state else ("A",))


def test_lists_that_say_the_state_themselves() -> None:
    brought = translate({"blocked": [{"id": "A", "title": "x"}], "completed": [{"id": "B"}], "items": None})
    assert [one.state for one in brought.entries] == [ItemState.BLOCKED]
    assert brought.done == ("B",)


@pytest.mark.parametrize(
    ("entry", "words"),
    [({"title": "x"}, "id None is no text"), ({"id": True, "title": "x"}, "id True is no text"),
     ({"id": "a\nb", "title": "x"}, "is no text"), ({"id": "A"}, "items[1] (A): has no title"),
     ({"id": "A", "title": 3}, "title is not text"),
     ({"id": "A", "title": "x", "status": "MAYBE"}, "'MAYBE'"),
     ({"id": "A", "title": "x", "effort": "big"}, "effort 'big' is no number"),
     ({"id": "A", "title": "x", "effort": -1}, "effort -1 is no number"),
     ({"id": "A", "title": "x", "value": float("nan")}, "value nan is no number"),
     ({"id": "A", "title": "x", "links": "y"}, "links is not a list"),
     (3, "items[1]: is not a table")],
)  # fmt: skip
def test_mistakes_name_their_entry(entry: object, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        translate({"items": [{"id": "Z", "title": "x", "risk_tier": "low"}, entry][::-1]})
    assert words in str(caught.value)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(Invalid, match="has 3 problems") as caught:
        translate({"items": [{"id": "A", "title": "x"}], "backlog": [{"id": "A", "title": "y"}, {"id": "B"}],
                   "blocked": "no"})  # fmt: skip
    assert "backlog[1] (A): has the id of items[1] (A)" in str(caught.value)


@given(st.floats(0, 1e6))
def test_scores_go_to_the_nearest_step(value: float) -> None:
    step = on_the_scale(value)
    assert step in SCALE
    assert abs(step - value) == min(abs(one - value) for one in SCALE)


def test_in_the_middle_the_larger_step_is_taken() -> None:
    assert [on_the_scale(value) for value in (0, 1.5, 2.5, 4, 6.5, 10.5, 21)] == [1, 2, 3, 5, 8, 13, 13]


def test_the_layout_that_the_founding_tool_writes() -> None:
    text = """
metadata: {wsjf_threshold: 1.0}
critical_items:
- id: CRIT-001
  title: Check tokens
  type: security_enhancement
  status: NEW
  files: &id001 [src/api.py]
  business_value: 9
  time_criticality: 8
  risk_reduction: 9
  job_size: 3
  links: *id001
low_priority:
- {id: LOW-001, title: Write pages, status: COMPLETED}
completed_recent:
- {id: COMP-001, title: Old}
"""
    brought = translate(read_document(text))
    (one,) = brought.entries
    assert one.score == {"value": 8, "criticality": 8, "risk_reduction": 8, "size": 3}
    assert one.text == "See:\n- src/api.py\n\nCRIT-001"
    assert brought.done == ("LOW-001", "COMP-001")


def test_what_is_done_may_be_told_twice() -> None:
    again = {"backlog": [{"id": "A", "title": "x", "status": "READY"}], "completed": [{"id": "A"}]}
    assert translate(again).entries == ()
    assert translate(again).done == ("A",)
