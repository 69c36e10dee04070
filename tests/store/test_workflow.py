"""The starter without an engine."""

from windlass.store import Database, Started


def test_the_same_key_is_one_workflow(sqlite: Database) -> None:
    started = Started()
    sqlite.write(lambda tx: started(tx, "verify", "verify:1:1", task=1))
    sqlite.write(lambda tx: started(tx, "verify", "verify:1:1", task=2))
    assert started.keys == {"verify:1:1": ("verify", {"task": 1})}
