"""What is on record of pull requests follows from events, in their order."""

from windlass.pulls import records
from windlass.pulls.model import Shown


def test_the_last_word_counts(house):
    done = house.done({"a.txt": b"ONE\n"})
    number = done.repository_id

    def say(kind: str, **data) -> Shown:
        def work(tx):
            records.say(tx, done, kind, 5.0, **data)
            return records.shown(tx, number)[done.id]

        return house.plant.database.write(work)

    assert house.plant.database.read(lambda tx: records.shown(tx, number)) == {}
    assert say("pull.refused", reason="no") == Shown(refused_at=5.0)
    opened = say("pull.opened", number=3, url="u", branch="b", commit="c")
    assert opened == Shown(3, "b", "c")
    assert say("pull.closed", number=3, reason="over") == Shown(3, "b", "c", closed=True)
    assert house.plant.database.read(lambda tx: records.shown(tx, number + 1)) == {}
