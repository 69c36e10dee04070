"""A table on a terminal, lines otherwise, and only what is about these tasks."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.app.shop import Bench, bench, new_shop

from windlass.cli.board import Board
from windlass.events import Event, Subject
from windlass.store import Started


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def filed(number: int, task: int) -> Event:
    return Event(number, 5.0, "windlass", "task.filed", Subject(1, None, task), {"title": f"Task {task}"})


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Bench, int, int]]:
    """A bench with two tasks."""
    shop = new_shop(tmp_path / "plant")
    at = bench(shop.open(), Started())
    yield at, at.file("shop/a.py"), at.file("shop/b.py")
    shop.close()


def test_lines_are_of_these_tasks_alone(
    two: tuple[Bench, int, int], capsys: pytest.CaptureFixture[str]
) -> None:
    at, mine, other = two
    Board(at.plant, (mine,), verbose=False).show([filed(1, mine), filed(2, other)])
    said = capsys.readouterr().err
    assert f"Task {mine}" in said
    assert f"Task {other}" not in said


def test_on_a_terminal_the_table_is_drawn_over_the_one_before(
    two: tuple[Bench, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    at, mine, other = two
    err = Terminal()
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    board = Board(at.plant, (mine,), verbose=False)
    board.show([filed(1, other)])
    assert err.getvalue() == ""
    board.show([filed(2, mine)])
    assert "waits for a free worker" in err.getvalue()
    board.draw()
    assert err.getvalue().count("\x1b[2A\x1b[J") == 1
