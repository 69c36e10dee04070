from hypothesis import given
from hypothesis import strategies as st

from windlass.land.message import TITLE_MAX, message, subject


def written(title: str = "remove unused imports", item: int | None = 7) -> str:
    return message(title, item=item, task=3, fence=2, submission="a" * 40, evidence=["tree " + "b" * 40])


def test_the_trailers_lead_back_to_item_task_attempt_submission_and_evidence():
    assert written().splitlines() == [
        "Remove unused imports", "", "Windlass-Item: 7", "Windlass-Task: 3", "Windlass-Attempt: 2",
        "Windlass-Submission: " + "a" * 40, "Windlass-Evidence: tree " + "b" * 40,
    ]  # fmt: skip


def test_work_without_an_item_has_no_item_trailer():
    assert "Windlass-Item" not in written(item=None)


@given(st.text())
def test_no_title_can_forge_a_trailer_or_break_the_first_line(title):
    lines = written(title).split("\n")
    assert lines[1] == ""
    assert 0 < len(lines[0]) <= TITLE_MAX
    assert lines[0].isprintable()
    assert sum(line.startswith("Windlass-Task:") for line in lines[1:]) == 1
    written(title).encode()


def test_a_comment_sign_at_the_front_is_dropped():
    assert subject("# fix it") == "Fix it"
    assert subject("") == "Change what the task asked for"
