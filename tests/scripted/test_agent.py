"""The scripted agent as a command: it does what its model returns, and says how it went."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from windlass.scripted import Call, Fault, FaultKind, Run, Script, serving

PROGRAM = Path(sys.executable).parent / "windlass-scripted-agent"


def work(folder: Path, script: Script, *more: str) -> tuple[int, list[dict[str, object]]]:
    (folder / "tree").mkdir(exist_ok=True)
    with serving(script) as url:
        words = ["--model-url", url, "--model", "m", "--state", str(folder / "state"), "--task", "Do it"]
        done = subprocess.run(
            [PROGRAM, *words, *more], cwd=folder / "tree", env={"PATH": "/usr/bin:/bin"}, capture_output=True,
            timeout=60, check=False,
        )  # fmt: skip
    assert done.stderr == b""
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_it_does_the_steps_and_ends(tmp_path: Path) -> None:
    code, told = work(tmp_path, Script((Run("echo 1 > a"), Run("exit 3")), final="Done it."))
    assert code == 0
    assert (tmp_path / "tree/a").read_text() == "1\n"
    assert [one["event"] for one in told] == [
        "began", "spent", "acted", "spent", "acted", "spent", "said", "ended",
    ]  # fmt: skip
    assert [one["text"] for one in told if one["event"] == "acted"] == ["echo 1 > a", "exit 3"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (Fault(FaultKind.STATUS, status=429), "status 429"),
        (Fault(FaultKind.REFUSED), "connection refused"),
        (Fault(FaultKind.CUT), "stream ended"),
        (Fault(FaultKind.DROP), "stream ended"),
        (Fault(FaultKind.GARBAGE), "invalid response"),
    ],
)
def test_a_model_that_fails_is_told(tmp_path: Path, fault: Fault, told: str) -> None:
    code, events = work(tmp_path, Script((), faults=(fault,)))
    assert code == 1
    assert events[-1]["event"] == "failed"
    assert str(events[-1]["text"]).startswith(told)


def test_it_goes_on_in_a_session_and_what_was_cut_off_counts_as_done(tmp_path: Path) -> None:
    _, first = work(tmp_path, Script((), faults=(Fault(FaultKind.STATUS),)))
    session = str(first[0]["text"])
    file = tmp_path / "state" / f"{session}.json"
    call = {"id": "c1", "type": "function", "function": {"name": "shell", "arguments": "{}"}}
    messages = [*json.loads(file.read_text()), {"role": "assistant", "tool_calls": [call]}]
    file.write_text(json.dumps(messages))
    code, told = work(tmp_path, Script((Run("false"), Run("echo 2 > b"))), "--session", session)
    assert (code, told[0]["text"]) == (0, session)
    assert (tmp_path / "tree/b").exists()
    assert [one["text"] for one in told if one["event"] == "acted"] == ["echo 2 > b"]


@pytest.mark.parametrize("session", ["../state/x", "0" * 32, "x"])
def test_an_unknown_session_is_a_fresh_one(tmp_path: Path, session: str) -> None:
    _, told = work(tmp_path, Script(()), "--session", session)
    assert told[0]["text"] != session


def test_a_tool_it_does_not_have_is_no_crash(tmp_path: Path) -> None:
    code, told = work(tmp_path, Script((Call("shell", {"x": 1}),)))
    assert (code, told[-1]["event"]) == (0, "ended")
