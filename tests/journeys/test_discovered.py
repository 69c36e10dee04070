"""Work that windlass found by itself, done by an agent that comes over MCP, until its item is closed."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from mcp.client.streamable_http import streamable_http_client

from mcp import Client
from tests.journeys.fleet import Fleet, free_port, until
from tests.journeys.plant import Plant
from tests.journeys.workflows import git

SETTINGS = """
[dispatch]
runners = ["mechanic", {name = "agents", kind = "outside", lane = "backend"}]
"""
FILES = {
    "pyproject.toml": '[project]\nname = "shop"\nversion = "0.1"\n[tool.ruff.lint]\nselect = ["F", "E7"]\n',
    "windlass.toml": SETTINGS,
    "shop/cart.py": "def total(prices):\n    return sum(prices)  # TODO: round to cents\n",
    "shop/rate.py": "def rate(text):\n    try:\n        return int(text)\n    except:\n        return 0\n",
}
DONE = {
    "shop/cart.py": "def total(prices):\n    return round(sum(prices), 2)\n",
    "shop/rate.py": FILES["shop/rate.py"].replace("except:", "except ValueError:"),
}
"""What the agent makes of the two files: a comment and a lint that no tool mends by itself."""


class Agent:
    """An MCP client with a token of its own and a clone of its own."""

    def __init__(self, url: str, token: str, clone: Path) -> None:
        self.url, self.token, self.clone = url, token, clone

    def __call__(self, tool: str, **arguments: object) -> dict[str, Any]:
        return anyio.run(self._ask, tool, arguments)

    async def _ask(self, tool: str, arguments: Mapping[str, object]) -> dict[str, Any]:
        http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {self.token}"}, timeout=60)
        async with Client(streamable_http_client(self.url, http_client=http)) as client:
            result = await client.call_tool(tool, dict(arguments))
        assert not result.is_error, result.content
        assert isinstance(result.structured_content, dict)
        return result.structured_content

    def work(self, lane: str) -> dict[str, Any]:
        """Claim, do what the findings ask for or look at what was done, submit; the task."""
        claimed = until(lambda: _some(self("claim_task", lanes=[lane], wait_s=10)), 120, f"work in {lane}")
        said: dict[str, Any] = {"lease_token": claimed["lease"]["token"]}
        if claimed["task"]["role"] == "implementation":
            said["commit"] = self._commit(claimed)
        else:
            said["verdict"] = "pass"
        self("submit_for_review", **said)
        task: dict[str, Any] = claimed["task"]
        return task

    def _commit(self, claimed: Mapping[str, Any]) -> str:
        offer = claimed["workspace"]
        git(self.clone, "fetch", "-q", "origin")
        git(self.clone, "checkout", "-q", "-B", offer["branch"], offer["base"])
        for finding in claimed["task"]["spec"]["findings"]:
            (self.clone / finding["path"]).write_text(DONE[finding["path"]])
        git(self.clone, "commit", "-q", "-a", "-m", claimed["task"]["title"])
        git(self.clone, "push", "-q", "origin", offer["branch"])
        return git(self.clone, "rev-parse", "HEAD")


def _some(claimed: dict[str, Any]) -> dict[str, Any] | None:
    return claimed if claimed["task"] is not None else None


@pytest.fixture
def plant(tmp_path: Path) -> Iterator[Plant]:
    made = Plant(tmp_path)
    (tmp_path / "user").mkdir()
    git(tmp_path, "init", "-q", str(made.repo))
    for name, text in FILES.items():
        (made.repo / name).parent.mkdir(exist_ok=True)
        (made.repo / name).write_text(text)
    git(made.repo, "add", "-A")
    git(made.repo, "commit", "-q", "-m", "Begin")
    git(tmp_path, "clone", "-q", str(made.repo), str(tmp_path / "clone"))
    yield made
    assert made.leftovers() == []


@pytest.mark.slow
def test_an_agent_does_what_was_found_and_its_guardians_and_the_landing_close_the_item(plant: Plant) -> None:
    fleet = Fleet(plant, "sqlite")
    try:
        port = free_port()
        fleet.up(fleet.server("home", port=port, workers=1))
        token = fleet.token("coder", home="home").read_text().strip()
        agent = Agent(f"http://127.0.0.1:{port}/mcp", token, plant.folder / "clone")

        def items() -> list[dict[str, Any]]:
            listed: list[dict[str, Any]] = json.loads(said("backlog", "list", "--json"))
            return listed

        def said(*words: str) -> str:
            done = plant.windlass(*words, "--repo", str(plant.repo))
            assert done.returncode == 0, done.stderr
            return done.stdout

        def begun() -> list[int]:
            """The items with a task; what the gate asks is approved."""
            for asked in json.loads(said("decide", "list", "--json")):
                said("decide", "answer", str(asked["id"]), "approve")
            return [one["id"] for one in items() if one["state"] == "active"]

        for number in until(lambda: len(found := begun()) == 2 and found, 120, "two tasks"):
            assert "agents that claim lane backend" in said("backlog", "explain", str(number))
        for _ in DONE:
            for role in ("implementation", "qa", "docs"):
                assert agent.work("backend" if role == "implementation" else role)["role"] == role
        until(lambda: not items(), 120, "the end of both items")
        for name, text in DONE.items():
            assert git(plant.repo, "show", f"main:{name}") == text.strip()
        assert {row["status"] for row in json.loads(said("task", "list", "--json"))} == {"completed"}
    finally:
        fleet.close()
