from windlass.conflicts.model import Fit


def test_what_nobody_knows_is_neither_clean_nor_a_conflict() -> None:
    unknown = Fit(None, why="refusing to merge unrelated histories")
    assert unknown.clean is not True
    assert unknown.clean is not False
