"""`windlass model serve`: an address for any agent, until it is told to stop."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.cli.shell import Shell

WAIT_S = 60
WINDLASS = str(Path(sys.executable).with_name("windlass"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["terminated", "ctrl-c"])
def test_it_tells_its_address_and_answers_there(tmp_path: Path, number: signal.Signals) -> None:
    script, log = tmp_path / "script.toml", tmp_path / "log"
    script.write_text('final = "Fixed."\nkey = "sk-secret-1"\n')
    words = [WINDLASS, "model", "serve", "--script", str(script), "--log", str(log), "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline()]
        while not lines[-1].startswith("}"):
            assert lines[-1], child.communicate()[1]
            lines.append(child.stdout.readline())
        told = json.loads("".join(lines))
        answer = httpx.post(
            f"{told['openai']}/chat/completions", headers={"Authorization": "Bearer sk-secret-1"},
            json={"model": "m", "messages": []}, trust_env=False, timeout=WAIT_S,
        )  # fmt: skip
        child.send_signal(number)
        said = child.communicate(timeout=WAIT_S)[1]
    assert (child.returncode, said) == (0, "The scripted model has ended.\n")
    assert answer.json()["choices"][0]["message"]["content"] == "Fixed."
    assert (told["url"], told["steps"], told["listening"]) == (f"http://127.0.0.1:{told['port']}", 0, True)
    assert json.loads(log.read_text())["outcome"] == "answered"
    assert "sk-secret-1" not in log.read_text()


def test_a_script_that_makes_no_sense_is_refused_before_anything_is_served(
    shell: Shell, tmp_path: Path
) -> None:
    script = tmp_path / "script.toml"
    script.write_text("steps = 3")
    said = shell.bare("model", "serve", "--script", str(script))
    assert (said.code, "steps is a int" in said.err) == (2, True)
    assert shell.bare("model", "serve", "--script", str(tmp_path / "none.toml")).code == 3
    script.write_text("")
    said = shell.bare("model", "serve", "--script", str(script), "--log", str(tmp_path / "no" / "log"))
    assert (said.code, "cannot be written" in said.err) == (2, True)
