"""The official conformance suite, in those scenarios that need no fixture server of their own.

The others call tools such as `test_simple_text`, which only a server written for the suite has. The suite
speaks HTTP alone; what it asks of a session is asked of standard input by test_stdio.py.
"""

import pytest
from tests.mcp import npm

SCENARIOS = (
    "server-initialize", "ping", "tools-list", "resources-list", "prompts-list",
    "server-sse-multiple-streams", "dns-rebinding-protection",
)  # fmt: skip


@pytest.fixture(scope="module")
def clients():
    return npm.installed()


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_of_the_suite_passes(scenario, clients, open_site, tmp_path):
    done = clients.conformance("server", "--url", open_site.url, "--scenario", scenario, home=tmp_path)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "0 failed" in done.stdout
    assert "Passed: 0" not in done.stdout
