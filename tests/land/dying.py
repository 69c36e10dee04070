"""A process that lands and dies: `dying.py DATABASE HOME USER LANDING POINT [BAD [HOST]]` dies at POINT.

A tree that holds the file BAD is red. HOST is a repository whose main counts. AT_ONCE in the environment:
batches that are judged side by side.
"""

import importlib.util
import os
import sys
from dataclasses import replace
from pathlib import Path

from windlass import land
from windlass.forge import FORGES
from windlass.kernel import FixedClock, Tools
from windlass.store import open_database


def main(url: str, home: str, user: str, landing: str, point: str, bad: str = "", host: str = "") -> None:
    spec = importlib.util.spec_from_file_location("plant", Path(__file__).parent / "conftest.py")
    assert spec is not None
    assert spec.loader is not None
    plant = importlib.util.module_from_spec(spec)
    sys.modules["plant"] = plant
    spec.loader.exec_module(plant)
    clock = FixedClock()
    site = plant.make_site(open_database(url, clock=clock), Path(home), Path(user), clock)
    site = replace(site, at_once=int(os.environ.get("AT_ONCE", "1")))

    if host:
        site = replace(site, forge=FORGES.open("git", {"url": host}, Tools(None, None, None)))

    def die(name: str) -> None:
        if name == point:
            os._exit(9)

    done = land.run(site, int(landing), judge=plant.Gate(bad={bad}), mark=die)
    print(done.state.value)


if __name__ == "__main__":
    main(*sys.argv[1:])
