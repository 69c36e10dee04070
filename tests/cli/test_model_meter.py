"""`windlass model meter`: a key, a cap and a transcript for an agent that is started by hand."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.cli.shell import Shell

from windlass.scripted import Script, serving

WAIT_S = 60
WINDLASS = str(Path(sys.executable).with_name("windlass"))
KEY = "sk-real-0123456789abcdef"


def test_it_adds_the_key_counts_caps_and_tells(tmp_path: Path) -> None:
    prices, transcript = tmp_path / "prices.toml", tmp_path / "calls.jsonl"
    prices.write_text('[m]\ninput = "1"\noutput = "2"\n')
    with serving(Script(final="Fixed.", key=KEY)) as url:
        words = [WINDLASS, "model", "meter", "--base-url", url, "--speaks", "openai-chat",
                 "--key-env", "MY_KEY",
                 "--max-requests", "1", "--max-dollars", "0.5", "--prices", str(prices),
                 "--transcript", str(transcript), "--fields", "url"]  # fmt: skip
        child = subprocess.Popen(
            words,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "MY_KEY": KEY},
        )
        with child:
            assert child.stdout is not None
            lines = [child.stdout.readline()]
            while not lines[-1].startswith("}"):
                assert lines[-1], child.communicate()[1]
                lines.append(child.stdout.readline())
            here = json.loads("".join(lines))["url"]
            body = {"model": "m", "messages": [{"role": "user", "content": f"my key is {KEY}"}]}
            answers = [
                httpx.post(f"{here}/v1/chat/completions", json=body, trust_env=False, timeout=WAIT_S)
                for _ in range(2)
            ]
            child.send_signal(signal.SIGTERM)
            said = child.communicate(timeout=WAIT_S)[1]
    assert [answer.status_code for answer in answers] == [200, 403]
    usage = answers[0].json()["usage"]
    dollars = (usage["prompt_tokens"] + 2 * usage["completion_tokens"]) / 1_000_000
    assert child.returncode == 0, said
    assert said.startswith(f"1 calls, {usage['prompt_tokens']} tokens in")
    assert float(said.rpartition(": ")[2].split()[0]) == dollars
    told = [json.loads(line) for line in transcript.read_text().splitlines()]
    assert [one["outcome"] for one in told] == ["answered", "capped"]
    assert KEY not in transcript.read_text() + said


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--max-dollars", "1"), "money is capped"), (("--max-dollars", "lots"), "no amount"),
        (("--key-env", "NO_SUCH_VARIABLE"), "holds no key"), (("--prices", "none.toml"), "cannot be read"),
        (("--base-url", "ftp://x"), "no address"),
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused_before_it_listens(
    shell: Shell, words: tuple[str, ...], why: str
) -> None:
    said = shell.bare("model", "meter", "--base-url", "http://x", "--speaks", "gemini", *words)
    assert (said.code in (2, 3), why in said.err) == (True, True), said.err
