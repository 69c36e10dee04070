"""Small repositories for one bad thing each, and the look afterwards: nothing lost, nothing half-done."""

import json
import re
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.journeys.plant import Plant
from windlass.app import open_audit
from windlass.workspace import Checkout

WHO = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
KNOWN_CODES = {0, 1, 2, 3, 4, 5, 6, 7, 70, 124, 130}


def light(folder: Path) -> Plant:
    """A repository with one fixable file and no tests, so that a run takes a few seconds."""
    plant = Plant(folder).make(parts=1)
    plant.git("rm", "-rq", "tests")
    return commit(plant)


def commit(plant: Plant) -> Plant:
    plant.git("add", "-A")
    plant.git(*WHO, "commit", "-qm", "Change")
    return plant


def again(plant: Plant, **env: str) -> Plant:
    """The same plant seen with other variables."""
    return replace(plant, more_env={**plant.more_env, **env})


def run(plant: Plant, *options: str, repo: Path | None = None) -> "subprocess.CompletedProcess[str]":
    return plant.windlass("run", "--repo", str(repo or plant.repo), *options)


def refusal(done: "subprocess.CompletedProcess[str]", code: int) -> dict[str, Any]:
    """The error of a refused `--json` command: documented code, message and hint, no traceback."""
    assert done.returncode == code, done.stdout + done.stderr
    assert code in KNOWN_CODES
    assert "Traceback" not in done.stderr
    told: dict[str, Any] = json.loads(done.stderr.strip().splitlines()[-1])["error"]
    assert told["message"]
    assert told["hint"]
    return told


def landed(plant: Plant, *, folder: Path | None = None, branch: str = "main") -> list[str]:
    """The tasks on a branch, oldest first."""
    said = subprocess.run(
        ["git", "log", "--reverse", "--format=%B", branch, "--"],
        cwd=folder or plant.repo, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return re.findall(r"^Windlass-Task: (\d+)$", said, re.MULTILINE)


def sound(plant: Plant) -> None:
    """The database is whole, the audit log proves itself, and nothing runs or lies about."""
    with sqlite3.connect(f"file:{plant.home / 'windlass.db'}?mode=ro", uri=True) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT count(*) FROM wl_lease").fetchone() == (0,)
    with open_audit(plant.env) as audit:
        assert audit.verify(None, key=None, anchors=()).ok
    assert plant.leftovers() == []
    assert litter(plant) == []


def litter(plant: Plant) -> list[str]:
    """What lies where only running work may lie, apart from the rooms' own furniture."""
    found = {path for name in ("attempts", "checkouts") for path in (plant.home / name).iterdir()}
    furniture = {p for p in found if p.name in ("control", "state", ".trash")}
    empty = {p for p in furniture if not any(inner.is_file() for inner in p.rglob("*"))}
    partial = {*plant.home.glob("**/*.partial"), *plant.home.glob(".probe-*")}
    return [str(path) for path in (found - empty) | partial if path.name not in (".locks", ".aside")]


@contextmanager
def untouched(plant: Plant, *, folder: Path | None = None) -> Iterator[None]:
    """The user finds files, index and HEAD as they were, byte by byte, and git finds no damage."""
    place = folder or plant.repo
    before = Checkout.open(place).fingerprint()
    yield
    assert Checkout.open(place).fingerprint() == before
    check = ["git", "-c", "core.fsmonitor=false", "fsck", "--strict", "--no-dangling", "--no-progress"]
    said = subprocess.run(check, cwd=place, capture_output=True, text=True, check=True)
    assert said.stdout == ""


def wait_for_event(plant: Plant, kind: str, *, within_s: float = 120.0) -> None:
    """Wait until a running windlass has recorded an event of this kind."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        try:
            with sqlite3.connect(f"file:{plant.home / 'windlass.db'}?mode=ro", uri=True) as database:
                if database.execute("SELECT 1 FROM wl_event WHERE kind = ?", (kind,)).fetchone():
                    return
        except sqlite3.Error:
            pass  # not made yet
        time.sleep(0.02)
    raise AssertionError(f"no {kind} within {within_s:.0f} s")
