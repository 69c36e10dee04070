"""A command of somebody's evidence runs again in the sandbox, and brings the files that were asked for."""

from collections.abc import Callable

import pytest
from tests.verify.conftest import PROJECT

from windlass.dispatch import Site
from windlass.verify.evaluation import rerun


@pytest.fixture
def tree(make_site: Callable[..., Site]) -> tuple[Site, str]:
    site = make_site()
    return site, site.mirror.write_tree(PROJECT)


def test_the_exit_code_and_the_artifacts_come_back(tree: tuple[Site, str]) -> None:
    command = "echo '{\"totals\": {}}' > coverage.json && exit 3"
    ended = rerun(*tree, command, {"coverage": "coverage.json", "benchmark": "none.json"}, wall_s=60)
    assert ended.exit_code == 3
    assert ended.outputs == {"coverage": b'{"totals": {}}\n'}


def test_it_runs_in_the_tree_and_changes_nothing_of_it(tree: tuple[Site, str]) -> None:
    ended = rerun(*tree, "test -f src/demo/__init__.py && rm -r src", {}, wall_s=60)
    assert ended.exit_code == 0
    assert rerun(*tree, "test -f src/demo/__init__.py", {}, wall_s=60).exit_code == 0


def test_links_and_what_lasts_too_long_bring_nothing(tree: tuple[Site, str]) -> None:
    ended = rerun(*tree, "ln -s /etc/passwd cov.json", {"coverage": "cov.json"}, wall_s=60)
    assert (ended.exit_code, ended.outputs) == (0, {})
    late = rerun(*tree, "sleep 30", {}, wall_s=2)
    assert late.exit_code is None
    assert late.problem
