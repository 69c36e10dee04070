"""`status --watch` as NDJSON, as lines, and on a real terminal."""

import json
import os
import pty
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest
from tests.cli.shell import Shell, new_shell

from windlass.cli.watching import told
from windlass.events import Cursor, Event, Notice, Subject


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = new_shell(tmp_path / "plant")
    assert shell("status").code == 0
    return shell


def start(shell: Shell, *more: str, out: int = subprocess.PIPE) -> "subprocess.Popen[str]":
    command = shell.plant._command(("status", "--watch", *more, "--repo", str(shell.repo)))
    return subprocess.Popen(command, env=shell.plant.env, stdout=out, text=True)


def end(child: "subprocess.Popen[str]") -> None:
    child.send_signal(signal.SIGINT)
    assert child.wait(20) == 130


def test_json_is_the_state_then_messages_and_the_state_again(shell: Shell) -> None:
    child = start(shell, "--json")
    assert child.stdout is not None
    first = json.loads(child.stdout.readline())
    assert (first["type"], first["items"]) == ("status", {})
    assert re.fullmatch(r"\d+\.\d+", first["after"])
    shell("backlog", "add", "One")
    found = [json.loads(child.stdout.readline())]
    while found[-1]["type"] != "status":
        found.append(json.loads(child.stdout.readline()))
    kinds = [one["kind"] for one in found if one["type"] == "event"]
    assert kinds[0] == "item.added"
    assert found[-1]["items"] == {"open": 1}
    end(child)


def test_fields_cut_the_state_and_silence_what_did_not_change(shell: Shell) -> None:
    child = start(shell, "--json", "--fields", "needs_you")
    assert child.stdout is not None
    first = json.loads(child.stdout.readline())
    assert set(first) == {"type", "after", "needs_you"}
    shell("backlog", "add", "One")
    assert json.loads(child.stdout.readline())["kind"] == "item.added"
    end(child)


def test_without_a_terminal_events_come_as_lines(shell: Shell) -> None:
    child = start(shell)
    assert child.stdout is not None
    while child.stdout.readline().strip():
        pass
    time.sleep(0.3)
    shell("backlog", "add", "One")
    lines = [child.stdout.readline() for _ in range(2)]
    while "item.added" not in "".join(lines):
        lines.append(child.stdout.readline())
    assert "\x1b" not in "".join(lines)
    end(child)


def test_a_terminal_is_redrawn(shell: Shell) -> None:
    ours, theirs = pty.openpty()
    child = start(shell, out=theirs)
    os.close(theirs)
    seen = b""
    until = time.monotonic() + 20
    added = False
    while time.monotonic() < until and b"item.added" not in seen:
        seen += os.read(ours, 65_536)
        if b"needs_you" in seen and not added:
            added = True
            shell("backlog", "add", "One")
    assert b"1 open" in seen
    end(child)
    os.close(ours)


def test_an_event_is_told_in_the_words_of_a_run() -> None:
    known = Notice(Cursor(), Event(1, 0.0, "x", "task.rejected", Subject(1, task=3), {"reason": "no  tests"}))
    assert told(known).endswith("x rejected           task 3: no tests")
    other = Notice(Cursor(), Event(1, 0.0, "x", "moon.risen", Subject(1, task=3)))
    assert told(other).endswith("moon.risen         task 3")
