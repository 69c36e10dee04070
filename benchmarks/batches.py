#!/usr/bin/env python3
"""Judgements and rounds of them that waiting changes take until they are decided, together or one by one.

    python benchmarks/batches.py [--short] [--changes 32]

A real git repository and a real database; the changes were submitted and wait for the main branch, each adds
a file. The judge looks for the bad ones in the tree that it is given and takes no time, so what is measured
is how many judgements the queue asks for, and windlass's own time. K batches are judged side by side, so a
round takes as long as one judgement where there are cores for K of them. One at a time is the same program,
where each lands before the next one waits.
"""

import argparse
import importlib.util
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from windlass.kernel import FixedClock
from windlass.land import LandingState
from windlass.store import migrate, open_database

TESTS = Path(__file__).resolve().parents[1] / "tests" / "land" / "conftest.py"


@contextmanager
def plant(parts: Any) -> Iterator[Any]:
    with tempfile.TemporaryDirectory(prefix="windlass-batches-") as folder:
        place, clock = Path(folder), FixedClock()
        database = open_database(f"sqlite:///{place}/windlass.db", clock=clock)
        migrate(database)
        user = parts.make_user_repository(place / "user")
        yield parts.Plant(parts.make_site(database, place / "home", user, clock), user, clock)
        database.close()


def measured(parts: Any, changes: int, bad: int, at_once: int) -> tuple[int, int, int, int, float]:
    """Judgements, rounds of them, landed, thrown out, and windlass's own seconds a change; `at_once` 0: one
    change at a time.
    """
    rounds: list[str] = []

    def mark(name: str) -> None:
        if name == "judged":
            rounds.append(name)

    with plant(parts) as one:
        one.site = replace(one.site, at_once=at_once or 1)
        one.with_scope(ci_failure_threshold=1.0)  # so many red ones in a row are otherwise for a person
        names = [f"f{number}" for number in range(changes)]
        one.gate.bad.update(random.Random(1).sample(names, bad))
        if not at_once:
            began, ended = time.perf_counter(), []
            for name in names:
                began_one = time.perf_counter()
                (landing,) = one.lined_up(name)
                began += time.perf_counter() - began_one
                ended.append(one.run(landing, mark=mark))
        else:
            waiting = one.lined_up(*names)
            began = time.perf_counter()
            ended = one.settled(*waiting, mark=mark)
        took = time.perf_counter() - began
        states = [landing.state for landing in ended]
        held = set(one.git("ls-tree", "--name-only", "main").split())
        assert held & set(names) == set(names) - one.gate.bad, "a good change was lost or a bad one landed"
        assert one.git("rev-parse", "main^{tree}") in one.gate.judged, "the branch holds a tree nobody judged"
        landed = states.count(LandingState.LANDED)
        return len(one.gate.judged), len(rounds), landed, states.count(LandingState.EJECTED), took / changes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--short", action="store_true", help="8 changes")
    parser.add_argument("--changes", type=int, default=32)
    options = parser.parse_args()
    spec = importlib.util.spec_from_file_location("plant", TESTS)
    assert spec is not None
    assert spec.loader is not None
    parts = importlib.util.module_from_spec(spec)
    sys.modules["plant"] = parts
    spec.loader.exec_module(parts)
    changes = 8 if options.short else options.changes
    print(
        "| waiting | bad | how | judgements | rounds | landed | thrown out | landings a round"
        " | own s a change |"
    )
    print("|---" * 9 + "|")
    for bad in sorted({0, 1, changes // 16, changes // 8}):
        for at_once in (0, 1, 2, 4, 8):
            judged, rounds, landed, out, own_s = measured(parts, changes, bad, at_once)
            how = f"together, K {at_once}" if at_once else "one at a time"
            share = landed / max(1, rounds)
            row = changes, bad, how, judged, rounds, landed, out, f"{share:.2f}", f"{own_s:.3f}"
            print(f"| {' | '.join(map(str, row))} |")


if __name__ == "__main__":
    main()
