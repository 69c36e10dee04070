"""Instances with their leases: silent is unknown as long as a lease lives, and only then dead."""

from windlass import fleet
from windlass.dispatch.records import roster
from windlass.fleet import InstanceState, Standing
from windlass.kernel import FixedClock
from windlass.store import Database


def standing(database: Database) -> list[tuple[str, Standing, int]]:
    found = database.read(lambda tx: roster.members(tx, tx.now()))
    return [(one.instance.name, one.standing, len(one.tasks)) for one in found]


def test_a_silent_instance_is_unknown_while_its_lease_lives_and_dead_afterwards(
    desk, database: Database, clock: FixedClock
) -> None:
    for name in ("x", "y"):
        database.write(
            lambda tx, name=name: fleet.register(tx, name, tx.now(), kind="t", host="h", beat_every_s=5.0)
        )
    desk.file()
    desk.take("x/1", ttl_s=300.0)
    assert standing(database) == [("x", Standing.ALIVE, 1), ("y", Standing.ALIVE, 0)]
    clock.advance(20)
    assert standing(database) == [("x", Standing.UNKNOWN, 1), ("y", Standing.UNKNOWN, 0)]
    clock.advance(20)
    assert standing(database) == [("x", Standing.UNKNOWN, 1), ("y", Standing.DEAD, 0)]
    assert database.write(lambda tx: roster.bury_silent(tx, tx.now())) == ["y"]
    assert database.write(lambda tx: roster.bury_silent(tx, tx.now())) == []
    clock.advance(300)
    assert standing(database)[0][1] is Standing.DEAD, "its lease ran out"
    assert database.write(lambda tx: roster.bury_silent(tx, tx.now())) == ["x"]
    beats = database.write(lambda tx: fleet.beat(tx, ["x"], tx.now()))
    assert beats.known == ("x",)
    assert database.read(lambda tx: fleet.instance(tx, "x")).state is InstanceState.LIVE
    (left,) = database.read(lambda tx: roster.members(tx, tx.now(), since=tx.now()))
    assert left.standing is Standing.ALIVE
