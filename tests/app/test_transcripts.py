"""Transcripts: for their owner alone, bounded, and gone after a while."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.meter.test_model import exchange

from windlass.app.transcripts import KEPT_S, Transcripts
from windlass.kernel import FixedClock
from windlass.meter import Account

ACCOUNT = Account(1, 12, 3, "backend")


def test_each_attempt_has_a_file_with_a_line_for_each_call(tmp_path: Path) -> None:
    made = Transcripts(tmp_path)
    record = made.of(ACCOUNT)
    record(exchange())
    record(exchange(request="hello\n"))
    made.of(replace(ACCOUNT, fence=4))(exchange())
    lines = [json.loads(line) for line in (tmp_path / "12.3.jsonl").read_text().splitlines()]
    assert [line["request"] for line in lines] == [exchange().request, "hello\n"]
    assert lines[0]["outcome"] == "answered"
    assert sorted(one.name for one in tmp_path.iterdir()) == ["12.3.jsonl", "12.4.jsonl"]
    assert {one.stat().st_mode & 0o777 for one in tmp_path.iterdir()} == {0o600}


def test_a_file_is_bounded_and_says_where_it_ends(tmp_path: Path) -> None:
    record = Transcripts(tmp_path, bytes_max=5_000).of(ACCOUNT)
    for _ in range(100):
        record(exchange(request="x" * 500))
    text = (tmp_path / "12.3.jsonl").read_text()
    assert len(text) == 5_000
    assert [json.loads(line) for line in text.splitlines()][-1] == {"cut": True}


def test_what_is_a_month_old_goes(tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Transcripts(tmp_path, clock=clock)
    made.of(ACCOUNT)(exchange())
    for name, age_s in (("1.1", KEPT_S + 60), ("2.1", KEPT_S - 60)):
        (tmp_path / f"{name}.jsonl").touch()
        os.utime(tmp_path / f"{name}.jsonl", (clock() - age_s,) * 2)
    os.utime(tmp_path / "12.3.jsonl", (clock(),) * 2)
    assert made.sweep() == 1
    assert sorted(one.name for one in tmp_path.iterdir()) == ["12.3.jsonl", "2.1.jsonl"]
    clock.advance(120)
    Transcripts(tmp_path, clock=clock).of(ACCOUNT)
    assert [one.name for one in tmp_path.iterdir()] == ["12.3.jsonl"]


def test_a_link_in_its_place_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "12.3.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"):
        Transcripts(tmp_path).of(ACCOUNT)(exchange())
    assert not (tmp_path / "elsewhere").exists()
