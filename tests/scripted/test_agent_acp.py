"""The scripted agent over ACP, message by message; the client of windlass meets it in tests/agents."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from windlass.scripted import Run, Script, serving

PROGRAM = Path(sys.executable).parent / "windlass-scripted-agent"


class Client:
    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self.process, self.folder, self.number = process, folder, 100

    def write(self, **message: object) -> None:
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def read(self) -> dict[str, object]:
        return json.loads(self.process.stdout.readline())

    def ask(self, method: str, **params: object) -> dict[str, object]:
        self.number += 1
        self.write(id=self.number, method=method, params=params)
        return self.read()

    def begin(self) -> str:
        self.ask("initialize", protocolVersion=1)
        return str(self.ask("session/new", cwd=str(self.folder), mcpServers=[])["result"]["sessionId"])

    def prompt(self, session: str) -> None:
        self.write(id=1, method="session/prompt", params={"sessionId": session, "prompt": [{"text": "do"}]})


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serving(Script((Run("echo 1 > a"),), final="Done it.")) as url:
        words = ["--model-url", url, "--model", "m", "--state", str(tmp_path / "state"), "--acp"]
        with subprocess.Popen(
            [PROGRAM, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as process:
            yield Client(process, tmp_path)
            process.stdin.close()
            assert process.wait(60) == 0


def test_it_asks_and_does_what_is_allowed(client: Client) -> None:
    client.prompt(client.begin())
    assert client.read()["params"]["update"]["sessionUpdate"] == "tool_call"
    asked = client.read()
    assert asked["method"] == "session/request_permission"
    assert asked["params"]["toolCall"]["kind"] == "execute"
    chosen = {"outcome": {"outcome": "selected", "optionId": "yes"}}
    client.write(id=asked["id"], result=chosen)
    assert client.read()["params"]["update"]["content"]["text"] == "Done it."
    ended = client.read()["result"]
    assert ended["stopReason"] == "end_turn"
    assert ended["usage"]["inputTokens"] > 0
    assert (client.folder / "a").exists()


@pytest.mark.parametrize(
    "answer", [{"result": {"outcome": {"outcome": "cancelled"}}}, {"error": {"code": 1, "message": "no"}}]
)
def test_what_is_not_allowed_is_not_done(client: Client, answer: dict[str, object]) -> None:
    client.prompt(client.begin())
    client.read()
    client.write(id=client.read()["id"], **answer)
    client.read()
    assert client.read()["result"]["stopReason"] == "end_turn"
    assert not (client.folder / "a").exists()


def test_a_cancel_while_it_waits_for_permission_ends_the_turn(client: Client) -> None:
    session = client.begin()
    client.prompt(session)
    client.read()
    client.read()
    client.write(method="session/cancel", params={"sessionId": session})
    found = client.read()
    while "result" not in found:
        found = client.read()
    assert found["result"]["stopReason"] == "cancelled"


def test_sessions_are_loaded_with_what_was_said(client: Client) -> None:
    session = client.begin()
    client.prompt(session)
    client.read()
    client.write(id=client.read()["id"], result={"outcome": {"outcome": "cancelled"}})
    client.read()
    client.read()
    replayed = client.ask("session/load", sessionId=session, cwd=str(client.folder), mcpServers=[])
    assert replayed["params"]["update"]["content"]["text"] == "Done it."
    assert client.read()["result"] == {}


def test_what_it_does_not_know_is_said(client: Client) -> None:
    assert client.ask("session/dance")["error"]["code"] == -32601
    assert client.ask("session/load", sessionId="../x", cwd="/")["error"]["code"] == -32602
    assert client.ask("session/prompt", sessionId="x", prompt=[])["error"]["code"] == -32602
