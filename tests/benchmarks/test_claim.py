"""The helpers of benchmarks/claim.py and crash.py; left out where the group `bench` is not installed."""

import importlib
from pathlib import Path

import pytest

for peer in ("huey", "litequeue", "localqueue", "persistqueue", "pgqueuer", "procrastinate"):
    pytest.importorskip(peer, reason="the peers of the benchmarks are not installed")

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.fixture
def claim(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("claim")


@pytest.fixture
def crash(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("crash")


@pytest.fixture
def queues(claim, tmp_path):
    """Every engine on SQLite, with more jobs than a crash looks through."""
    ours = claim.Windlass("sqlite", f"sqlite:///{tmp_path}/windlass.db")
    makers = (claim.Huey, claim.Litequeue, claim.Localqueue, claim.PersistQueue, claim.Dbos)
    found = {engine.name: engine for engine in (ours, *(make(tmp_path) for make in makers))}
    for engine in found.values():
        engine.fill(200)
        engine.settle()
    yield found
    for engine in found.values():
        engine.close()


def line(claim, engine, cycles_s, offered, ratio=1.0):
    return claim.Line("sqlite", engine, 10, 1, cycles_s, None, None, None, ratio, offered)


def test_windlass_is_compared_with_the_fastest_peer_of_each_kind(claim):
    lines = [
        line(claim, "windlass", 500.0, "yes"),
        line(claim, "loses jobs", 9000.0, "no", 0.06),
        line(claim, "nobody knows", 8000.0, "not measured", 0.07),
        line(claim, "slow", 100.0, "yes", 5.0),
        line(claim, "fast", 250.0, "yes", 2.0),
        line(claim, "its own", 1000.0, "at restart", 0.5),
    ]
    assert claim.against(lines, "yes").endswith(": sqlite 10 1: 2.00x fast")
    assert claim.against(lines, "at restart").endswith(": sqlite 10 1: 0.50x its own")
    assert claim.against(lines[:2], "yes").endswith(": there is none")
    assert "| 10 | 1 | 9000 | - | - | - | 0.06 | no |" in claim.show(lines)


def test_every_queue_works_off_what_it_was_filled_with(queues):
    for name, engine in queues.items():
        if name != "dbos":  # its first job may come late; the crash below shows that it works
            assert engine.run(2, 0.5).cycles_s > 0, name


@pytest.mark.slow
def test_who_gets_the_job_of_a_killed_claimer(crash, queues, tmp_path):
    places = {name: engine.place() for name, engine in queues.items()}
    assert crash.offered_again(places | {"unheard of": str(tmp_path)}) == {
        "windlass": "yes", "huey": "no", "litequeue": "no", "localqueue": "yes",
        "persist-queue": "at restart", "dbos": "at restart", "unheard of": "not measured",
    }  # fmt: skip


@pytest.mark.slow
def test_a_queue_without_jobs_is_not_measured(crash, claim, tmp_path):
    empty = claim.Litequeue(tmp_path)
    assert crash.offered_again({"litequeue": empty.place()}) == {"litequeue": "not measured"}
