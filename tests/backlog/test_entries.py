"""The file's shape: every mistake at once, and nothing hostile gets through."""

import pytest

from windlass.backlog.entries import SIZE_MAX, check_state, load, read_document
from windlass.backlog.model import ItemState, Score, Urgency
from windlass.kernel import Invalid


def test_a_full_entry_is_read() -> None:
    entry = load(
        "items:\n- id: 7\n  title: Say hello\n  type: bug\n  status: declined\n  effort: 13\n  boost: 1.5\n"
        "  urgency: fixed-date\n  due: 2030-01-31\n  labels: [a, b]\n"
    )[0]
    assert (entry.item_id, entry.title, entry.category, entry.state) == (
        7,
        "Say hello",
        "bug",
        ItemState.DECLINED,
    )
    assert (entry.boost, entry.urgency, entry.due_at) == (1.5, Urgency.FIXED_DATE, 1_896_048_000.0)
    assert entry.apply_to(Score(1, 2, 3, 5)) == Score(1, 2, 3, 13)


def test_all_mistakes_come_at_once_with_entry_and_key() -> None:
    text = (
        "colour: red\nitems:\n- id: 1\n  value: 4\n  effort: '3'\n  nonsense: 1\n- id: 1\n"
        "  status: finished\n"
        "- 5\n- id: two\n  labels: a\n  due: soon\n  urgency: now\n  boost: .inf\n  title: 3\n"
    )
    with pytest.raises(Invalid) as caught:
        load(text)
    problems = caught.value.details["problems"]
    assert len(problems) == 13
    for part in (
        "'colour'", "entry 1 (1): value 4", "effort '3'", "'nonsense'", "status 'finished'",
        "entry 3: is not",
        "id is not", "labels is not", "due 'soon'", "urgency 'now'", "boost inf", "title is not text",
        "there twice",
    ):  # fmt: skip
        assert part in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "", "just text", "items: 3", "items: [", "{}", "!!python/object/apply:os.system ['true']",
        "items: !!python/name:os.system", "a: &a [1]\nb: *a\nitems: []",
        "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nitems: *c", "[" * 20_000, "items: \x00", "\udce9: 1",
        "format: 2\nitems: []",
    ],
)  # fmt: skip
def test_what_is_no_backlog_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        load(text)


def test_a_huge_file_is_refused_unread() -> None:
    with pytest.raises(Invalid, match="characters"):
        load("#" * (SIZE_MAX + 1))


@pytest.mark.parametrize(
    ("old", "new", "fine"),
    [
        ("open", "declined", True),
        ("closed", "open", True),
        ("open", "active", False),
        ("active", "routed", False),
    ],
)
def test_by_hand_an_item_only_opens_closes_and_is_declined(old: str, new: str, fine: bool) -> None:
    assert (check_state(ItemState(old), ItemState(new), "entry 1") is None) is fine


def test_a_flat_list_may_stand_in_two_places() -> None:
    (entry,) = load("items:\n- {title: x, labels: &a [one, two], acceptance: *a}\n")
    assert entry.acceptance == ("one", "two")


@pytest.mark.parametrize(
    "text",
    ["a: &a {b: 1}\nc: *a", "a: &a [[x]]\nc: *a", "a: &a [x, *a]", "a: &a [x]\nb: &b [*a]", "a: &a {<<: *a}",
     "a: &a {b: 1}\nc: {<<: *a}", f"a: &a {'x' * 10_000}\nb: [" + "*a, " * 300 + "]", "a: *nobody"],
)  # fmt: skip
def test_aliases_that_could_unfold_are_refused(text: str) -> None:
    with pytest.raises(Invalid, match="nested YAML aliases"):
        read_document(text)
