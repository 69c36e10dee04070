"""The newest look at a branch is one row, and every look an event."""

from windlass import backlog, events
from windlass.land.records import trunk


def test_the_newest_look_is_kept_and_each_is_told(database):
    number = database.write(lambda tx: backlog.tend(tx, "r", "/r", "main", 1.0).id)
    assert database.read(lambda tx: trunk.last(tx, number, "main")) is None
    red = trunk.Look("main", "a" * 40, "red", {"t": "assert 0"}, ("slow: timed out",))
    green = trunk.Look("main", "b" * 40, "green", {})
    for look, since in ((red, ("c" * 40,)), (green, ())):
        database.write(
            lambda tx, look=look, since=since: trunk.keep(tx, number, look, culprits=since, seconds=1.0)
        )
    found = database.read(lambda tx: trunk.last(tx, number, "main"))
    assert (found.commit, found.said, dict(found.failing)) == ("b" * 40, "green", {})
    told, _ = database.read(lambda tx: events.after(tx, events.parse_cursor("0.0")))
    looks = [(one.kind, one.data["failing"], one.data.get("severity")) for one in told if "trunk" in one.kind]
    assert looks == [("trunk.red", ["t"], "critical"), ("trunk.green", [], None)]
