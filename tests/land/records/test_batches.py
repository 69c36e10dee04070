"""Batches are added, found again by who led them, and told apart by try."""

from windlass import dispatch, policy
from windlass.land import Mode
from windlass.land import records as rows
from windlass.land.model import Candidate, Cause, LandingState, Member, Said
from windlass.land.risk import Facts

BRANCH = "main"


def made(letter, base):
    return Candidate(base * 40, "0" * 40, letter * 40, letter.upper() * 40, ("a.txt",))


def added(database, count):
    return [
        database.write(lambda tx, n=n: rows.add(tx, 1, n, 1, branch=BRANCH, mode=Mode.LAND, now=float(n)))
        for n in range(1, count + 1)
    ]


def submitted(tx, task, files="[]", lines=1):
    tx.execute(
        "INSERT INTO wl_submission"
        " (task_id, fence, commit_oid, tree_oid, base_oid, files, lines, sandbox, at)"
        " VALUES (:task, 1, 'c', 't', 'b', :files, :lines, 'bwrap', 1.0)",
        task=task, files=files, lines=lines,
    )  # fmt: skip
    tx.execute(
        "INSERT INTO wl_attempt (task_id, fence, number, worker, runner, sandbox, started_at)"
        " VALUES (:task, 1, 1, 'w', 'mechanic', 'bwrap', 1.0)",
        task=task,
    )


def kept(database, landings, said, doubt=""):
    work = dispatch.Submission(1, 1, "c" * 40, "t" * 40, "b" * 40, (), 1, "bwrap")
    chain = [("a", "9"), ("b", "a"), ("c", "b")]

    def keep(tx):
        members = [
            Member(rows.landing(tx, one), work, made(*place), policy.Change((), 1, (), ()), doubt)
            for one, place in zip(landings, chain, strict=False)
        ]
        return rows.batches.keep(tx, members, said, "test_x fails", seconds=2.5, now=9.0)

    return database.write(keep)


def test_a_green_batch_names_its_followers_at_that_try_only(database):
    one, two, three = added(database, 3)
    kept(database, (one, two, three), Said.GREEN)
    leader = database.read(lambda tx: rows.landing(tx, one))
    found = database.read(lambda tx: rows.batches.followers(tx, leader))
    assert [(number, made.base[0], made.commit[0]) for number, made in found] == [
        (two, "a", "b"), (three, "b", "c"),
    ]  # fmt: skip
    database.write(lambda tx: tx.execute("UPDATE wl_landing SET tries = 1 WHERE id = :id", id=one))
    later = database.read(lambda tx: rows.landing(tx, one))
    assert database.read(lambda tx: rows.batches.followers(tx, later)) == []


def test_a_red_batch_has_no_followers_and_counts_for_who_led_it(database):
    one, two = added(database, 2)
    number = kept(database, (one, two), Said.RED, doubt="why")
    leader = database.read(lambda tx: rows.landing(tx, one))
    assert database.read(lambda tx: rows.batches.followers(tx, leader)) == []
    assert database.read(lambda tx: rows.batches.led(tx, leader)) == 1
    (batch,) = database.read(lambda tx: rows.batches.judged(tx, 1, BRANCH))
    assert (batch.id, batch.leader, batch.members, batch.doubted) == (number, one, (one, two), {one, two})
    assert (batch.said, batch.reason, batch.seconds) == (Said.RED, "test_x fails", 2.5)
    assert (batch.base, batch.commit, batch.tree) == ("9" * 40, "b" * 40, "B" * 40)
    assert database.read(lambda tx: rows.batches.led_by(tx, leader)) == batch


def test_the_height_of_a_branch_is_what_has_landed_there(database):
    one, two = added(database, 2)
    sql = "UPDATE wl_landing SET state = 'landed', updated_at = 5.0 WHERE id = :id"
    database.write(lambda tx: tx.execute(sql, id=one))
    about = database.read(lambda tx: rows.landing(tx, two))
    assert database.read(lambda tx: rows.batches.height(tx, about)) == 1
    assert database.read(lambda tx: rows.batches.landed_since(tx, about, 5.0)) == 0
    batch = kept(database, (one, two), Said.GREEN)
    assert database.read(lambda tx: rows.batches.landed_members(tx, 1, BRANCH, batch)) == {one}
    assert database.read(lambda tx: rows.batches.places(tx, about)) == {two: 0}


def test_risks_are_learned_from_what_landed_and_what_was_red(database):
    one, two, three = added(database, 3)
    for task, lines in ((1, 10), (2, 20), (3, 30)):
        database.write(lambda tx, t=task, n=lines: submitted(tx, t, '["a.txt"]', n))

    def end(tx):
        tx.execute("UPDATE wl_landing SET state = 'landed', updated_at = 5.0 WHERE id = :id", id=one)
        red = rows.landing(tx, two)
        rows.stop(tx, red, LandingState.EJECTED, Cause.RED, "x", now=6.0)

    database.write(end)
    past = database.read(lambda tx: rows.batches.past(tx, 1))
    assert past == [(Facts("mechanic", 10, ("a.txt",)), False), (Facts("mechanic", 20, ("a.txt",)), True)]
    assert database.read(lambda tx: rows.batches.facts(tx, 1, BRANCH)) == {
        three: Facts("mechanic", 30, ("a.txt",))
    }
