"""The tutorial "connect your agent", command by command, with the real clients it names."""

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, scripts
from tests.mcp import npm
from tests.support.environments import VARIABLE, shared

PAGE = ROOT / "docs/tutorial/connect-your-agent.md"
PAGE_S = 300
NPX = "npx -y @modelcontextprotocol/inspector"
SEEN = (
    "waits in lane backend", "claim_task", "get_task_history", "librarian", '"renew_every_s": 100',
    "is offered again", "task 1 (implementation): review_needed", "task 2 (qa): review_needed",
    "task 3 (docs): review_needed", "task.completed", "first time approval",
)  # fmt: skip


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def script(port: int, *, inspector: str) -> str:
    """The page's commands, on another port, with the inspector that is installed."""
    whole = "\n".join(scripts(PAGE))
    assert NPX in whole
    for told, instead in (
        ("windlass serve --workers 0", f"windlass serve --workers 0 --bind 127.0.0.1:{port}"),
        ("127.0.0.1:7717", f"127.0.0.1:{port}"),
        (NPX, "inspector"),
    ):
        whole = whole.replace(told, instead)
    return f"inspector() {{ {inspector} \"$@\"; }}\n{whole}"


@pytest.mark.slow
def test_the_commands_of_the_tutorial_work_as_written_with_both_clients(tmp_path: Path):
    home = tmp_path
    (home / "user").mkdir()
    clients = npm.installed()
    launcher = clients.folder / "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
    catalog = f"MCP_CATALOG_PATH={home}/catalog.json"
    inspector = f"{catalog} PATH={clients.node.parent}:$PATH {clients.node} {launcher}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WINDLASS_", "GIT_"))}
    own = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
    places = {"HOME": str(home / "user"), "WINDLASS_HOME": str(home / "home"), "COLUMNS": "100",
              VARIABLE: str(shared())}  # fmt: skip
    text = script(free_port(), inspector=inspector)
    with subprocess.Popen(
        ["bash", "-euo", "pipefail", "-c", text], cwd=home / "user", env={**kept, **places, "PATH": own},
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    ) as shell:  # fmt: skip
        try:
            said = shell.communicate(timeout=PAGE_S)[0].decode("utf-8", "replace")
        except subprocess.TimeoutExpired:
            os.killpg(shell.pid, signal.SIGKILL)
            pytest.fail(shell.communicate()[0].decode("utf-8", "replace")[-4000:])
        finally:
            if shell.poll() is None or shell.returncode:
                os.killpg(shell.pid, signal.SIGKILL)
    assert shell.returncode == 0, said[-4000:]
    for words in SEEN:
        assert words in said, said[-6000:]
    assert not re.search(r"wl_(run|lease)_[A-Za-z0-9]{20}", said), "a token was printed"


def test_the_agent_of_the_tutorial_is_whole_python():
    (text,) = re.findall(r"agent\.py <<'END'\n(.*?)^END$", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    compile(text, "agent.py", "exec")
    for word in ("claim_task", "renew_lease", "submit_for_review"):
        assert word in text
