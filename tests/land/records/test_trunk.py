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


def test_what_it_was_held_against_and_what_stayed_open_is_known_of_the_newest_look(database):
    number = database.write(lambda tx: backlog.tend(tx, "r", "/r", "main", 1.0).id)
    first = trunk.Look("main", "a" * 40, "unknown", {}, ("t fails",), since="c" * 40, undecided=("t",))
    others = trunk.Look("other", "d" * 40, "unknown", {}, since="e" * 40)

    def keep(look):
        database.write(lambda tx: trunk.keep(tx, number, look, culprits=(), seconds=1.0))
        found = database.read(lambda tx: trunk.last(tx, number, "main"))
        return found.commit, found.since, found.undecided

    def told():
        found, _ = database.read(lambda tx: events.after(tx, events.parse_cursor("0.0")))
        return [one.data["commit"][0] for one in found if "trunk" in one.kind]

    assert keep(first) == ("a" * 40, "c" * 40, ("t",))
    assert (keep(first), told()) == (("a" * 40, "c" * 40, ("t",)), ["a"])
    decided = trunk.Look("main", "a" * 40, "unknown", {}, ("t flips",), since="c" * 40)
    assert (keep(decided), told()) == (("a" * 40, "c" * 40, ()), ["a", "a"])
    green = trunk.Look("main", "b" * 40, "green", {}, since="a" * 40)
    assert (keep(green), keep(decided)[0], told()[2:]) == (("b" * 40, "a" * 40, ()), "a" * 40, ["b", "a"])
    assert keep(others) == ("a" * 40, "c" * 40, ())  # what is told of another branch says nothing of this
