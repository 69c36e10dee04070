"""The MCP inspector's command line, a client nobody here wrote, over HTTP and on standard input."""

import json
import sys
from pathlib import Path

import pytest
from tests.cli.shell import Shell, new_shell
from tests.mcp import npm

from windlass.identity import Role, TokenKind
from windlass.mesh import TOOLS, procedure, roles

pytestmark = pytest.mark.slow
AUTH_REQUIRED = 3
FAILED = 1


@pytest.fixture(scope="module")
def clients():
    return npm.installed()


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    return new_shell(tmp_path_factory.mktemp("inspector") / "plant")


@pytest.fixture(params=["http", "stdio"])
def inspect(request, clients, tmp_path):
    """Run one method as an admin: (exit code, what was printed as JSON, the rest)."""
    if request.param == "http":
        site = request.getfixturevalue("site")
        site.place.desk.file()
        target = [
            site.url, "--transport", "http", "--header", f"Authorization: Bearer {site.place.person()}",
        ]  # fmt: skip
    else:
        target = over_stdio(request.getfixturevalue("shell"), tmp_path / "servers.json")

    def run(*arguments: str):
        done = clients.inspector(*target, *arguments, home=tmp_path)
        return done.returncode, json.loads(done.stdout or "null"), done.stderr

    return run


def over_stdio(shell: Shell, config: Path) -> list[str]:
    """As a user writes it down for a client: command, arguments, environment."""
    made = shell.bare("token", "create", "person:ann", "--role", "admin")
    server = {
        "type": "stdio", "command": str(Path(sys.executable).parent / "windlass"),
        "args": ["mcp", "serve", "--repo", str(shell.repo)],
        "env": {
            "WINDLASS_HOME": str(shell.home), "HOME": shell.plant.env["HOME"],
            "WINDLASS_TOKEN": made.out.strip(),
        },
    }  # fmt: skip
    config.write_text(json.dumps({"mcpServers": {"windlass": server}}))
    return ["--config", str(config), "--server", "windlass"]


def test_it_lists_the_tools_and_finds_nothing_to_criticise(inspect):
    """`--strict` reports what some models' tools could not digest of the schemas."""
    code, told, err = inspect("--method", "tools/list", "--strict")
    assert code == 0, err
    assert [tool["name"] for tool in told["tools"]] == list(TOOLS)
    assert "Warning" not in err
    for tool in told["tools"]:
        assert set(tool["annotations"]) == {
            "title", "readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint",
        }  # fmt: skip


def test_it_calls_a_tool_and_finds_the_answer_to_fit_its_schema(inspect):
    code, told, err = inspect("--method", "tools/call", "--tool-name", "claim_task", "--tool-arg", "wait_s=0")
    assert code == 0, err
    assert "task" in told["structuredContent"]
    assert told["isError"] is False


def test_it_is_told_why_a_call_failed(inspect):
    code, told, err = inspect(
        "--method", "tools/call", "--tool-name", "cancel_task", "--tool-arg", "task_id=404",
        "--tool-arg", "reason=x",
    )  # fmt: skip
    assert told["isError"] is True, err
    assert told["content"][0]["text"].startswith("error (not-found): ")
    assert told["_meta"]["windlass/problem"]["exit_code"] == 3
    assert code != 0


def test_it_reads_procedures_as_prompts_and_resources(inspect):
    code, told, err = inspect("--method", "prompts/list")
    assert code == 0, err
    assert [one["name"] for one in told["prompts"]] == list(roles())
    code, told, err = inspect("--method", "prompts/get", "--prompt-name", "qa")
    assert told["messages"][0]["content"]["text"] == procedure("qa").text
    code, told, err = inspect("--method", "resources/read", "--uri", "windlass://sops/worker")
    assert told["contents"][0]["text"] == procedure("worker").text


def test_it_does_not_get_in_without_a_token_that_counts(clients, site, tmp_path):
    done = clients.inspector(
        site.url, "--transport", "http", "--header", "Authorization: Bearer wl_pat_x",
        "--method", "tools/list", home=tmp_path,
    )  # fmt: skip
    assert done.returncode == AUTH_REQUIRED, done.stderr


def test_an_agent_sees_what_agents_may_use(clients, site, tmp_path):
    token = site.place.token(TokenKind.RUNNER, Role.AGENT, "runner:w1")
    done = clients.inspector(
        site.url, "--transport", "http", "--header", f"Authorization: Bearer {token}",
        "--method", "tools/list", home=tmp_path,
    )  # fmt: skip
    assert len(json.loads(done.stdout)["tools"]) == 7
