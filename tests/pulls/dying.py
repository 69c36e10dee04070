"""A round over the pull requests of one repository, in a process that a test kills."""

import sys
from pathlib import Path

from tests.land.conftest import Plant, make_site
from tests.pulls.conftest import House
from tests.support.github import GitHub

from windlass.kernel import FixedClock
from windlass.store import open_database


class There(GitHub):
    """A hub that another process serves."""

    def __init__(self, path: Path, root: str) -> None:
        self.path, self.root = path, root


def main() -> None:
    url, home, user, path, root = sys.argv[1:]
    clock = FixedClock()
    database = open_database(url, clock=clock)
    plant = Plant(make_site(database, Path(home), Path(user), clock), Path(user), clock)
    House(plant, There(Path(path), root)).tick()


if __name__ == "__main__":
    main()
