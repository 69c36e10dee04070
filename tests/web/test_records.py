"""Pages are one statement each, and say when there is more."""

from windlass.web import records
from windlass.web.records import Wanted


def test_a_page_has_one_more_than_it_shows(site):
    numbers = site.file(3)
    rows = site.database.read(lambda tx: records.tasks(tx, Wanted(limit=2)))
    assert [row["id"] for row in rows] == numbers
    rows = site.database.read(lambda tx: records.tasks(tx, Wanted(after=numbers[1], limit=2)))
    assert [row["id"] for row in rows] == numbers[2:]


def test_leases_are_counted_while_they_live(site):
    site.file(2)
    site.claim()
    site.claim()
    assert site.database.read(records.held) == {"build-7": 2}
    site.clock.advance(1000)
    assert site.database.read(records.held) == {}
