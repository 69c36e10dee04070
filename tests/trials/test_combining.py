from tests.trials.conftest import Arena, variants

from windlass.trials import records
from windlass.trials.combining import combined


def test_one_commit_stands_as_it_is_and_several_are_merged(lite: Arena) -> None:
    trial = lite.open(*variants("good", "other"))
    lite.work()
    offered = [
        lite.site.database.read(lambda tx, t=task: records.offered(tx, t.id))
        for task in lite.entries(trial).values()
    ]
    both = [one for one in offered if one is not None]
    one, _ = combined(lite.site, trial, both[:1])
    assert one is not None
    assert (one.commit, one.files) == (both[0].commit, ("src/a.py",))
    two, told = combined(lite.site, trial, both)
    assert two is not None
    assert (two.files, two.lines, told) == (("src/a.py", "src/b.py"), 2, [])
    assert combined(lite.site, trial, []) == (None, [])
