"""Packs are kept once, and until the tasks they belong to have ended."""

from windlass.dispatch.records import drop_packs, keep_pack, kept_pack


def test_the_first_pack_of_a_commit_stays(desk) -> None:
    for content in (b"one", b"two"):
        desk.database.write(lambda tx, content=content: keep_pack(tx, 1, ("c", "b"), content, 5.0))
    found = desk.database.read(lambda tx: kept_pack(tx, 1, "c", content=True))
    assert (found.base, found.content) == ("b", b"one")
    assert desk.database.read(lambda tx: kept_pack(tx, 1, "c", content=False)).content == b""
    assert desk.database.read(lambda tx: kept_pack(tx, 2, "c", content=True)) is None


def test_a_pack_goes_when_it_is_old_and_its_task_has_ended(desk, clock) -> None:
    task_id = desk.file()
    _, lease = desk.take()
    commit = "c" * 40
    desk.submit(lease, commit)
    now = clock()
    desk.database.write(lambda tx: keep_pack(tx, 1, (commit, "b"), b"x", now))
    assert desk.database.write(lambda tx: drop_packs(tx, now)) == 0  # too young
    assert desk.database.write(lambda tx: drop_packs(tx, now + 1)) == 0  # still judged
    desk.complete(task_id, lease.fence)
    assert desk.database.write(lambda tx: drop_packs(tx, now + 1)) == 1
