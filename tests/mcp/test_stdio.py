"""Standard input and output: the real command under the SDK's client, and hostile lines."""

import io
import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest
from tests.cli.shell import Shell, new_shell

from mcp import Client, StdioServerParameters
from windlass.identity import revoke, tokens
from windlass.mcp.stdio import DEPTH_MAX, LINE_MAX, Lines, problem_of, server_for

INIT = {
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"},
    },
}  # fmt: skip
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
WORKERS = 7


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A repository in which one thing can be done."""
    shell = new_shell(tmp_path_factory.mktemp("stdio") / "plant")
    assert shell("discover").code == 0
    return shell


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return new_shell(tmp_path / "plant")


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def parameters(shell: Shell, *more: str, **env: str) -> StdioServerParameters:
    command = str(Path(sys.executable).parent / "windlass")
    words = ["mcp", "serve", "--repo", str(shell.repo), *more]
    return StdioServerParameters(command=command, args=words, env={**shell.plant.env, **env})


def talk(shell: Shell, work, *more: str, mode: str = "auto", **env: str):
    async def main():
        async with Client(parameters(shell, *more, **env), mode=mode) as client:
            return await work(client)

    return anyio.run(main)


def raw(shell: Shell, *lines: bytes, answers: int) -> list[dict]:
    """Send lines as they stand; so many answers, in order, and nothing behind them."""
    started = parameters(shell)
    child = subprocess.Popen(
        [started.command, *started.args], env=started.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    with child as running:
        running.stdin.write(b"".join(lines))
        running.stdin.flush()
        told = [json.loads(running.stdout.readline()) for _ in range(answers)]
        running.stdin.close()
        assert running.stdout.read() == b""
        assert running.wait(60) == 0
    return told


def said(message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_whoever_starts_it_is_an_agent(found, mode):
    async def work(client):
        names = [tool.name for tool in (await client.list_tools()).tools]
        refused = await client.call_tool("sweep_stale_leases", {})
        return names, refused.meta["windlass/problem"]["status"]

    names, status = talk(found, work, "--instance", "me", mode=mode)
    assert len(names) == WORKERS
    assert status == 403
    assert ("access.denied", "runner:me") in found.rows("SELECT kind, actor FROM wl_event")


def test_a_token_says_who_it_serves(found, tmp_path):
    place = tmp_path / "token"
    assert found.bare("token", "create", "person:ann", "--role", "admin", "--out", str(place)).code == 0

    async def work(client):
        swept = await client.call_tool("sweep_stale_leases", {})
        return len((await client.list_tools()).tools), swept.structured_content

    told = (14, {"requeued": [], "failed": []})
    assert talk(found, work, "--token-file", str(place)) == told
    assert talk(found, work, WINDLASS_TOKEN=place.read_text().strip()) == told


def test_a_token_that_does_not_count_serves_nobody(found, tmp_path):
    place = tmp_path / "token"
    place.write_text("wl_pat_" + "0" * 49)
    place.chmod(0o600)
    started = parameters(found, "--token-file", str(place))
    done = subprocess.run(
        [started.command, *started.args], env=started.env, capture_output=True, text=True, timeout=60,
        stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 5
    assert done.stdout == ""
    assert "not valid" in done.stderr
    assert "0000" not in done.stderr


@pytest.mark.slow
def test_an_agent_beside_a_server_takes_a_task_and_hands_back_a_commit(shell, free_port):
    """Claim, commit in a clone, push the branch, submit: with nothing but the client and git."""
    task = shell("task", "file", "Say hello", "--lane", "hands", "--path", "shop/hello.py", "--json")
    assert task.code == 0, task.err
    number = task.json["id"]

    async def work(client):
        asked = {"lanes": ["hands"], "wait_s": 30}
        claimed = (await client.call_tool("claim_task", asked)).structured_content
        assert claimed["task"]["id"] == number
        token, offer = claimed["lease"]["token"], claimed["workspace"]
        commit = hello(shell, offer)
        done = await client.call_tool("submit_for_review", {"lease_token": token, "commit": commit})
        assert not done.is_error, done.content
        assert done.structured_content["submission"]["files"] == ["shop/hello.py"]
        return done.structured_content["status"]

    server = shell.plant.start(
        "serve", "--repo", str(shell.repo), "--bind", f"127.0.0.1:{free_port}", "--workers", "0", "--trust"
    )
    try:
        assert talk(shell, work) == "review_needed"
        until = time.monotonic() + 60
        verdict = f"SELECT kind FROM wl_event WHERE task_id = {number} AND kind LIKE 'verdict.%'"
        while not shell.rows(verdict) and time.monotonic() < until:
            time.sleep(0.2)
        told = shell.rows("SELECT kind, data FROM wl_event ORDER BY seq")
        assert shell.rows(verdict), ("the server finds what was submitted beside it and judges it", told)
    finally:
        server.terminate()
        server.wait(60)


def hello(shell: Shell, offer: dict[str, str]) -> str:
    clone = shell.plant.folder / "clone"
    who = ["-c", "user.name=Bot", "-c", "user.email=bot@example.org"]
    for words in (
        ["clone", "-q", str(shell.repo), str(clone)],
        ["-C", str(clone), "checkout", "-q", "-b", offer["branch"], offer["base"]],
    ):
        subprocess.run(["git", *words], check=True)
    (clone / "shop" / "hello.py").write_text('print("hello")\n')
    push = ["push", "-q", "origin", offer["branch"]]
    for words in (["add", "-A"], [*who, "commit", "-qm", "Say hello"], push):
        subprocess.run(["git", "-C", str(clone), *words], check=True)
    return subprocess.run(
        ["git", "-C", str(clone), "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()


def test_bad_lines_are_answered_and_the_next_one_is_read_as_if_nothing_had_been(found):
    bad = (
        b'{"jsonrpc":"2.0","id":7,"method":"ping","method":"tools/list"}\n',
        b"not json\n",
        b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1) + b"\n",
        b"[]\n",
        b"\xff\xfe\n",
        b'{"jsonrpc":"2.0","id":8,"method":"ping","params":{"a":"' + b"x" * LINE_MAX + b'"}}\n',
        b"\n",
    )
    answers = raw(found, said(INIT), said(READY), *bad, said(PING), answers=len(bad) + 2)
    assert answers[0]["result"]["serverInfo"]["name"] == "windlass"
    refused = [one for one in answers if one.get("id") is None and "error" in one]
    codes = [-32700, -32700, -32700, -32600, -32700, -32600, -32700]
    assert [one["error"]["code"] for one in refused] == codes
    assert [one["result"] for one in answers if one.get("id") == 2] == [{}]


def test_it_ends_with_its_input_and_says_nothing_else_on_standard_output(found):
    assert [one["id"] for one in raw(found, said(INIT), answers=1)] == [1]
    assert raw(found, answers=0) == []


def test_what_is_asked_of_a_session_holds_here_too(found):
    """The suite's server-initialize, ping, tools-list and resources-list, which it asks over HTTP alone."""
    ask = [{"jsonrpc": "2.0", "id": n, "method": m} for n, m in ((3, "tools/list"), (4, "resources/list"))]
    told = raw(found, said(INIT), said(READY), said(PING), *map(said, ask), answers=4)
    answers = {one["id"]: one for one in told}
    assert answers[1]["result"]["protocolVersion"] == "2025-11-25"
    assert answers[2]["result"] == {}
    for tool in answers[3]["result"]["tools"]:
        assert tool["name"]
        assert tool["description"]
        assert tool["inputSchema"]["type"] == "object"
    for one in answers[4]["result"]["resources"]:
        assert one["uri"].startswith("windlass://sops/")
        assert one["name"]
        assert one["description"]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b'{"a": 1}\n', None), (b'{"a": 1}', None), (b"{}{}\n", -32700), (b'"text"\n', -32600),
        (b"null\n", -32600), (b'{"a":NaN}\n', -32700), (b'{"a":1,"a":1}\n', -32700), (b"\n", -32700),
        (b" " * (LINE_MAX + 1), -32600),
    ],
)  # fmt: skip
def test_a_line_is_one_strict_object(line, code):
    found = problem_of(line)
    assert (None if found is None else found.code) == code


def test_a_long_line_is_dropped_to_its_end_and_never_held_whole():
    told = []
    source = io.BytesIO(b"x" * (3 * LINE_MAX) + b'\n{"a":1}\n' + b"y" * (LINE_MAX + 1))

    async def main():
        lines = Lines(source)

        async def tell(message):
            told.append(message.message.error.code)

        lines.answer_with(tell)
        return [line async for line in lines]

    assert anyio.run(main) == ['{"a":1}\n']
    assert told == [-32600, -32600]


def test_programs_that_it_starts_cannot_read_the_clients_words(tmp_path):
    """Its standard input is an end of file for whatever runs in or below it."""
    script = tmp_path / "child.py"
    script.write_text(
        "import os, sys, subprocess\n"
        "from windlass.mcp.stdio import _taken_input\n"
        "source = _taken_input()\n"
        "print(repr(subprocess.run(['cat'], capture_output=True).stdout), repr(source.readline()))\n"
    )
    done = subprocess.run(
        [sys.executable, str(script)], input=b"secret\n", capture_output=True, timeout=60, check=True,
        env=dict(os.environ),
    )  # fmt: skip
    assert done.stdout.decode().strip() == "b'' b'secret\\n'"


def test_who_came_in_once_is_asked_at_every_call_whether_the_token_still_is_good(lite):
    token = lite.token()
    number = lite.database.read(tokens)[-1].id
    server = server_for(lite.mesh, lite.door, lite.door.enter(token, via="mcp"))

    async def main():
        async with Client(server) as client:
            good = await client.call_tool("claim_task", {"lanes": ["nobody"]})
            lite.database.write(lambda tx: revoke(tx, number, "person:owner", tx.now()))
            bad = await client.call_tool("claim_task", {"lanes": ["nobody"]})
            return good, bad

    good, bad = anyio.run(main)
    assert good.structured_content == {"task": None}
    assert bad.is_error
    assert "credential" in bad.content[0].text
