"""What clashes came to; of nothing there is no share."""

from windlass.conflicts.model import Clash, Ending, Kind, Means, Past
from windlass.conflicts.statistics import statistics


def one(path: str, ending: Ending, means: Means | None = None, note: str = "", landing: int = 1) -> Past:
    kind = Kind.LOCK if path.endswith("lock") else Kind.CHANGELOG
    return Past(1, landing, Clash(path, kind, means, note=note), ending, float(landing), None)


def test_of_nothing_there_is_no_share() -> None:
    found = statistics([])
    assert (found.clashes, found.alone, found.since) == (0, None, None)
    assert statistics([one("a", Ending.OPEN)]).alone is None


def test_clashes_are_counted_by_kind_path_and_end() -> None:
    found = statistics([
        one("x.lock", Ending.SETTLED, Means.COMMAND, "lock: uv lock", landing=7),
        one("log", Ending.SETTLED, Means.DRIVER, landing=5), one("log", Ending.AUTHOR), one("a", Ending.OPEN),
        one("b", Ending.DROPPED),
    ])  # fmt: skip
    assert (found.clashes, found.landings, found.alone, found.since) == (5, 3, 0.5, 1.0)
    assert found.by_kind == {"changelog": 4, "lock file": 1}
    assert found.by_ending == {"settled": 2, "author": 1, "dropped": 1, "open": 1}
    assert found.by_means == {"command lock": 1, "driver changelog": 1}
    assert found.hot == (("log", 2), ("a", 1), ("b", 1), ("x.lock", 1))
