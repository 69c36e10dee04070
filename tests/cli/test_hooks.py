"""The hooks as a person installs them, and as git calls them."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.shell import Shell

CLEAN = "def total(prices):\n    return sum(prices)\n"


def git(shell: Shell, *words: str) -> "subprocess.CompletedProcess[bytes]":
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
    env = {**shell.plant.env, "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin"}
    return subprocess.run(["git", "-C", shell.repo, *who, *words], env=env, capture_output=True)


@pytest.mark.slow  # two whole starts of the program, as git makes them
def test_a_commit_and_a_push_are_judged(shell: Shell, tmp_path: Path) -> None:
    shell.commit(shop__total=CLEAN)
    said = shell("hooks", "install")
    assert (said.code, said.out.count("installed")) == (0, 2), said.err
    (shell.repo / "shop" / "total.py").write_text("import os\n" + CLEAN)
    refused = git(shell, "commit", "-qam", "Worse")
    assert refused.returncode == 1, refused
    assert b"violations are new" in refused.stderr
    (shell.repo / "shop" / "total.py").write_text(CLEAN)  # what is staged counts, and that is still bad
    git(shell, "init", "-q", "--bare", str(tmp_path / "there"))
    pushed = git(shell, "push", "-q", str(tmp_path / "there"), "main")
    assert pushed.returncode == 0, pushed.stderr
    assert b"passed: tier 1" in pushed.stderr
    git(shell, "tag", "-a", "-m", "first", "v1")
    extra = git(shell, "push", "-q", str(tmp_path / "there"), "main:extra", "v1")
    assert extra.returncode == 0, extra.stderr
    assert extra.stderr.count(b"holds nothing that main does not have: not judged") == 2
    assert b"tier 1" not in extra.stderr
    assert {one["state"] for one in shell("hooks", "status", "--json").json} == {"installed"}
    assert shell("hooks", "remove").out.count("absent") == 2
