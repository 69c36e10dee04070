"""Permission goes by the kind of the tool and of the answers, and by where the tool would act."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.agents.permission import allows, answer

KINDS = frozenset({"edit", "execute"})
OPTIONS = [
    {"optionId": "a", "kind": "allow_always"},
    {"optionId": "o", "kind": "allow_once"},
    {"optionId": "r", "kind": "reject_once"},
]


def asked(kind: object = "edit", *paths: object, options: object = OPTIONS) -> dict[str, object]:
    return {"toolCall": {"kind": kind, "locations": [{"path": path} for path in paths]}, "options": options}


@pytest.mark.parametrize(
    ("params", "chosen"),
    [
        (asked("edit", "/tree/a.py"), "o"),
        (asked("edit", "a.py"), "o"),
        (asked("execute"), "o"),
        (asked("edit", "/tree/../etc/passwd"), "r"),
        (asked("edit", "/treehouse/a"), "r"),
        (asked("edit", 3), "r"),
        (asked("fetch"), "r"),
        (asked(None), "r"),
        ({"options": OPTIONS}, "r"),
    ],
)
def test_once_inside_the_files_or_not_at_all(params: object, chosen: str) -> None:
    allowed, said = answer(params, KINDS, "/tree")
    assert said == {"outcome": {"outcome": "selected", "optionId": chosen}}
    assert allowed is (chosen == "o")


@pytest.mark.parametrize(
    "options", [[], None, "no", [1], [{"kind": "allow_once"}], [{"optionId": "a", "kind": "allow_always"}]]
)
def test_for_ever_is_never_granted(options: object) -> None:
    assert answer(asked(options=options), KINDS, "/tree") == (False, {"outcome": {"outcome": "cancelled"}})


JSON = st.recursive(
    st.none() | st.text(max_size=9) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=9,
)


@given(JSON)
def test_whatever_is_asked_is_answered(params: object) -> None:
    assert answer(params, KINDS, "/tree")[0] is False
    assert allows(params, KINDS, "/tree") is False


def test_without_a_folder_nothing_is_inside() -> None:
    assert not allows(asked("edit", "a.py")["toolCall"], KINDS, "")
