"""Every pair of live work is merged in memory; nobody's answer is guessed."""

from tests.conflicts.conftest import Plant
from tests.conflicts.test_radar import tip

from windlass.conflicts import Matrix, matrix
from windlass.conflicts.model import Fit


def test_every_pair_is_told_by_where_it_conflicts(plant: Plant) -> None:
    mirror = plant.site.mirror
    main = mirror.sync(plant.site.checkout)
    tips = {
        "main": main,
        "one": tip(plant, main, a_txt=b"ONE\ntwo\nthree\n"),
        "two": tip(plant, main, a_txt=b"1\ntwo\nthree\n", b_txt=b"alpha\nBETA\n"),
        "three": tip(plant, main, a_txt=b"one\ntwo\n3\n"),
        "gone": "0" * 40,
    }
    found = matrix(mirror, {**tips, "twin": tips["one"]})
    assert found.conflicts == {("one", "two"): ("a.txt",), ("two", "twin"): ("a.txt",)}
    assert len(found.fits) == 15
    assert {pair for pair in found.unknown} == {pair for pair in found.fits if "gone" in pair}
    assert found.at("two", "one") == found.at("one", "two") == Fit(False, ("a.txt",))
    assert found.at("one", "one") is None
    assert found.hot == [("a.txt", 2)]


def test_paths_are_sorted_by_the_pairs_that_conflict_there() -> None:
    fits = {
        ("a", "b"): Fit(False, ("y", "z")),
        ("a", "c"): Fit(False, ("z",)),
        ("b", "c"): Fit(None, why="w"),
    }
    found = Matrix(dict.fromkeys("abc", ""), fits)
    assert found.hot == [("z", 2), ("y", 1)]
    assert found.unknown == {("b", "c"): "w"}
