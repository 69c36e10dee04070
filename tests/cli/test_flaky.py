"""Flaky tests as a person sees them."""

import json
import sqlite3
import time
from contextlib import closing

import pytest
from tests.cli.shell import Shell

TEST = "tests/test_shop.py::test_total"


@pytest.fixture
def flipped(shell: Shell) -> Shell:
    """A test failed and passed on the tree of the main branch."""
    assert shell("flaky", "list").out == "No test is known to be flaky.\n"
    tree = shell.plant.git("rev-parse", "main^{tree}")
    with closing(sqlite3.connect(shell.home / "windlass.db")) as database, database:
        for test, failed, passed in ((TEST, 1, 2), ("", 0, 12)):
            row = (test, tree, failed, passed, time.time())
            database.execute("INSERT INTO wl_tally VALUES (1, ?, ?, 'env', ?, ?, ?)", row)
    return shell


def test_a_flaky_test_is_listed_shown_quarantined_and_released(flipped: Shell) -> None:
    assert flipped("flaky", "show", "nothing").code == 3
    assert flipped("flaky", "quarantine", TEST, "--reason", "x", "--days", "999").code == 2
    (row,) = flipped("flaky", "list", "--json").json
    assert (row["test"], row["state"], row["failed"], row["passed"], row["flips"]) == (TEST, "flaky", 1, 2, 1)
    assert row["low"] < row["rate"] < row["high"]
    assert "flaky" in flipped("flaky", "list").out
    said = flipped("flaky", "show", TEST).out
    assert "1 runs failed and 2 passed; 1 trees saw both" in said
    assert "95 % probability" in said
    held = flipped("flaky", "quarantine", TEST, "--reason", "busy", "--days", "3")
    assert held.out.startswith(f"{TEST} does not block until ")
    assert json.loads(flipped("flaky", "show", TEST, "--json").out)["state"] == "quarantined"
    assert TEST in flipped("backlog", "list").out
    assert flipped("flaky", "release", TEST, "--reason", "mended").out == f"{TEST} blocks again.\n"
    assert flipped("flaky", "list", "--json").json[0]["state"] == "stable"
    assert flipped("undo").code != 0
