"""A table on a terminal, lines otherwise, and only what is about these tasks."""

import io
import sys

import pytest
from tests.app.shop import bench, new_shop

from windlass.cli.board import Board
from windlass.events import Event, Subject
from windlass.store import Started


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def filed(number: int, task: int) -> Event:
    return Event(number, 5.0, "windlass", "task.filed", Subject(1, None, task), {"title": f"Task {task}"})


@pytest.mark.parametrize("live", [False, True])
def test_only_our_tasks_are_shown(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *, live: bool
) -> None:
    shop = new_shop(tmp_path / "plant")  # type: ignore[operator]  # a Path
    at = bench(shop.open(), Started())
    mine, other = at.file("shop/a.py"), at.file("shop/b.py")
    err = Terminal() if live else sys.stderr
    monkeypatch.setattr(sys, "stderr", err)
    monkeypatch.setenv("TERM", "xterm")
    board = Board(at.plant, (mine,), verbose=False)
    board.show([filed(1, mine), filed(2, other)])
    board.show([filed(3, other)])
    said = err.getvalue() if isinstance(err, Terminal) else capsys.readouterr().err
    if live:
        assert said.count("PART") == 1
        assert "waits for a free worker" in said
        board.draw()
        assert err.getvalue().count("\x1b[2A\x1b[J") == 1  # type: ignore[union-attr]  # a Terminal
    else:
        assert f"Task {mine}" in said
        assert f"Task {other}" not in said
    shop.close()
