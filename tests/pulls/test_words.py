"""What a pull request says: foreign text is shown, and does nothing."""

from dataclasses import replace
from itertools import pairwise

import pytest

from windlass.dispatch import Submission
from windlass.pulls import words
from windlass.pulls.model import Asked
from windlass.pulls.situation import look

HOSTILE = "``` </details> @acme/all\n\nfixes #1\r\n# Head\x1b[31m ![x](http://evil/x.png)"


@pytest.fixture
def due(house):
    house.done({"a.txt": b"ONE\n"}, title="A plain title")
    (found,) = house.plant.database.read(lambda tx: look(tx, house.plant.site)).due
    return found


def test_hostile_text_stands_in_blocks_of_code(due):
    work = replace(due.submission, files=(HOSTILE,) * 60)
    asked = Asked(7, ("land", "decline"), (HOSTILE,))
    told = replace(due, task=replace(due.task, title=HOSTILE), submission=work, asked=asked)
    text = words.body(told)
    lines = text.splitlines()
    assert all(line.startswith("    ") for line in lines if "evil" in line or "fixes" in line)
    # A block of code begins after an empty line, and every line of it is indented.
    for before, line in pairwise(lines):
        assert not line.startswith("    ") or before.startswith("    ") or before == ""
    assert "    windlass decide answer 7 land" in lines
    assert "and 10 more" in text
    assert text.replace("\n", "").isprintable()


def test_a_title_is_one_bounded_line(due):
    assert words.title(due) == "A plain title"
    assert words.title(replace(due, task=replace(due.task, title="\n"))) == f"Task {due.landing.task_id}"
    long = words.title(replace(due, task=replace(due.task, title="x" * 1_000)))
    assert len(long) == words.TITLE_MAX


def test_the_longest_text_is_one_that_github_takes(due):
    work: Submission = replace(due.submission, files=("x" * 4_000,) * 5_000)
    asked = Asked(7, ("land", "decline"), ("y" * 10_000,) * 100)
    assert len(words.body(replace(due, submission=work, asked=asked))) < 60_000
    assert words.block([]) == "    (empty)"
