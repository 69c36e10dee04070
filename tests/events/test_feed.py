"""The feed on both databases: complete, in order, resumable, and hard on the slow."""

import random
import threading
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass.events import (
    Cursor,
    Event,
    Feed,
    FeedClosed,
    Filter,
    Subject,
    Subscription,
    TooSlow,
    after,
    append,
)
from windlass.kernel import Conflict, FixedClock
from windlass.store import Database, Transaction, migrate, open_database


@pytest.fixture
def feed(database: Database) -> Iterator[Feed]:
    with Feed(database) as feed:
        yield feed


def add(database: Database, *kinds: str, task: int | None = None) -> None:
    database.write(lambda tx: [append(tx, kind, 1.0, about=Subject(1, task=task)) for kind in kinds])


def got(subscription: Subscription, count: int, timeout_s: float = 10) -> list[str]:
    """The kinds of the next `count` events."""
    kinds: list[str] = []
    until = time.monotonic() + timeout_s
    while len(kinds) < count and time.monotonic() < until:
        kinds += [one.event.kind for one in subscription.next(0.5)]
    return kinds


def test_a_subscriber_starts_at_the_end_and_hears_what_comes(feed: Feed, database: Database) -> None:
    add(database, "a.old")
    with feed.subscribe() as subscription:
        add(database, "a.one", "a.two")
        add(database, "a.three")
        assert got(subscription, 3) == ["a.one", "a.two", "a.three"]
        assert subscription.next(0.05) == []


def test_an_event_arrives_soon(feed: Feed, database: Database) -> None:
    with feed.subscribe() as subscription:
        subscription.next(0.1)
        took = []
        for _ in range(20):
            began = time.monotonic()
            add(database, "a.one")
            assert got(subscription, 1) == ["a.one"]
            took.append(time.monotonic() - began)
        assert sorted(took)[10] < 0.05


def test_resuming_behind_any_id_gives_exactly_the_rest(database: Database) -> None:
    kinds = [f"a.k{'x' * n}" for n in range(30)]
    for kind in kinds:
        add(database, kind)
    with Feed(database, buffer_max=8) as small, small.subscribe(after=Cursor()) as first:
        notices = [one for _ in range(40) for one in first.next(0.01)]
        assert [one.event.kind for one in notices] == kinds
        for number, notice in enumerate(notices):
            with small.subscribe(after=notice.place) as again:
                assert got(again, len(kinds) - number - 1, 2) == kinds[number + 1 :]


def test_a_filter_lets_through_tasks_and_kinds_and_moves_the_place(feed: Feed, database: Database) -> None:
    with (
        feed.subscribe(Filter(tasks=frozenset({7}))) as of_task,
        feed.subscribe(Filter(kinds=frozenset({"task.", "item.open"}))) as of_kind,
    ):
        add(database, "task.filed", task=7)
        add(database, "item.open", "node.started", task=8)
        assert got(of_task, 1) == ["task.filed"]
        assert got(of_kind, 2) == ["task.filed", "item.open"]
        deadline = time.monotonic() + 60
        while of_task.place != of_kind.place and time.monotonic() < deadline:
            assert of_task.next(0.05) == []
            of_kind.next(0.01)
        assert of_task.place == of_kind.place > Cursor()


REPOSITORIES = st.one_of(st.none(), st.integers(1, 3))


@given(
    REPOSITORIES, REPOSITORIES, st.sets(st.integers(1, 3)), st.integers(1, 3), st.sampled_from(["a.b", "c.d"])
)
def test_an_empty_filter_part_takes_everything(
    wanted: int | None, repository: int | None, tasks: set[int], task: int, kind: str
) -> None:
    event = Event(1, 1.0, "x", kind, Subject(repository, task=task))
    chosen = Filter(frozenset(tasks), frozenset({"a."}), wanted)
    expected = (not tasks or task in tasks) and kind == "a.b" and (wanted is None or repository == wanted)
    assert chosen.takes(event) == expected


def test_who_was_up_to_date_and_fell_out_of_the_buffer_is_cut_off_and_resumes(database: Database) -> None:
    with Feed(database, buffer_max=10) as small, small.subscribe() as slow, small.subscribe() as fast:
        add(database, "a.first")
        assert got(slow, 1) == got(fast, 1) == ["a.first"]
        for _ in range(40):
            add(database, "a.more")
            assert got(fast, 1) == ["a.more"]
        with pytest.raises(TooSlow, match="10 events behind"):
            slow.next(1)
        with small.subscribe(after=slow.place) as again:
            assert got(again, 40) == ["a.more"] * 40


def test_who_reads_history_is_not_cut_off_however_long_it_takes(database: Database) -> None:
    for _ in range(30):
        add(database, "a.old")
    with Feed(database, buffer_max=10) as small, small.subscribe(after=Cursor()) as reader:
        first = reader.catch_up(5)
        add(database, *["a.new"] * 30)
        assert len(first) + len(got(reader, 60 - len(first))) == 60


def test_an_id_ahead_of_the_log_is_refused(feed: Feed, database: Database) -> None:
    add(database, "a.one")
    with pytest.raises(Conflict, match="ahead of the log"):
        feed.subscribe(after=Cursor(2**62, 9))


def test_closing_wakes_who_waits(database: Database) -> None:
    feed = Feed(database)
    subscription = feed.subscribe()
    woken: list[bool] = []
    feed.listen(lambda: woken.append(True))
    threading.Timer(0.1, feed.close).start()
    with pytest.raises(FeedClosed):
        subscription.next(10)
    assert woken
    with pytest.raises(FeedClosed):
        feed.subscribe().take()


def test_listeners_hear_until_they_leave(feed: Feed, database: Database) -> None:
    heard: list[int] = []
    leave = feed.listen(lambda: heard.append(1))
    with feed.subscribe() as subscription:
        add(database, "a.one")
        assert got(subscription, 1) == ["a.one"]
        time.sleep(0.05)
        leave()
        count = len(heard)
        add(database, "a.two")
        assert got(subscription, 1) == ["a.two"]
    assert count >= 1
    assert len(heard) == count


def test_events_of_another_process_arrive(feed: Feed, database: Database, clock: FixedClock) -> None:
    with closing(open_database(database.url, clock=clock)) as other, feed.subscribe() as subscription:
        subscription.next(0.2)
        began = time.monotonic()
        add(other, "a.other")
        assert got(subscription, 1) == ["a.other"]
        assert time.monotonic() - began < 30


def test_a_slow_transaction_is_waited_for_and_keeps_its_place(postgres: Database) -> None:
    """The later number commits first: nothing behind the open transaction may be given before it ends."""
    opened, finish = threading.Event(), threading.Event()

    def slow(tx: Transaction) -> None:
        append(tx, "a.slow", 1.0)
        opened.set()
        assert finish.wait(60)

    with Feed(postgres) as feed, feed.subscribe() as subscription:
        thread = threading.Thread(target=lambda: postgres.write(slow))
        thread.start()
        assert opened.wait(60)
        add(postgres, "a.fast")
        assert subscription.next(0.3) == []
        began = time.monotonic()
        finish.set()
        thread.join()
        assert got(subscription, 2) == ["a.slow", "a.fast"]
        assert time.monotonic() - began < 30


def test_a_transaction_that_is_given_up_releases_what_it_held_back(postgres: Database) -> None:
    """No commit rings after a rollback; the feed looks by itself while something is held back."""
    opened, finish = threading.Event(), threading.Event()

    def broken(tx: Transaction) -> None:
        append(tx, "a.never", 1.0)
        opened.set()
        assert finish.wait(60)
        raise ZeroDivisionError

    def work() -> None:
        with pytest.raises(ZeroDivisionError):
            postgres.write(broken)

    with Feed(postgres) as feed, feed.subscribe() as subscription:
        thread = threading.Thread(target=work)
        thread.start()
        assert opened.wait(60)
        add(postgres, "a.fast")
        assert subscription.next(0.3) == []
        finish.set()
        thread.join()
        began = time.monotonic()
        assert got(subscription, 1) == ["a.fast"]
        assert time.monotonic() - began < 30


def test_many_writers_with_slow_transactions_lose_and_reorder_nothing(database: Database) -> None:
    """Eight writers, some of them slow; readers come and go behind their last id and all see one order."""
    stop = threading.Event()
    written = [0] * 8

    def write(number: int) -> None:
        chance = random.Random(number)
        while not stop.is_set():

            def work(tx: Transaction) -> None:
                append(tx, "a.b", 1.0, about=Subject(task=number), n=written[number])
                time.sleep(chance.choice((0, 0, 0.002, 0.02)))

            database.write(work)
            written[number] += 1

    seen: list[list[Cursor]] = [[] for _ in range(3)]
    counts = [[0] * 8 for _ in range(3)]

    def follow(feed: Feed, number: int) -> None:
        chance, place = random.Random(100 + number), Cursor()
        while True:
            with feed.subscribe(after=place) as subscription:
                for _ in range(chance.randint(1, 6)):
                    try:
                        found = subscription.next(0.3)
                    except TooSlow:  # on a busy machine: come again behind the last one, as a client would
                        break
                    for one in found:
                        task = one.event.subject.task or 0
                        assert one.event.data["n"] == counts[number][task]
                        counts[number][task] += 1
                        seen[number].append(one.place)
                    if not found and stop.is_set():
                        return
                place = subscription.place

    with Feed(database, buffer_max=50) as feed:
        writers = [threading.Thread(target=write, args=(n,)) for n in range(8)]
        readers = [threading.Thread(target=follow, args=(feed, n)) for n in range(3)]
        for thread in writers + readers:
            thread.start()
        time.sleep(2)
        stop.set()
        for thread in writers + readers:
            thread.join(30)
    everything, _ = database.read(lambda tx: after(tx, Cursor(), limit=100_000))
    assert len(everything) == sum(written) > 50
    assert counts == [written] * 3
    assert seen[0] == seen[1] == seen[2] == sorted(seen[0])


def test_a_feed_outlives_a_database_that_is_away(postgres: Database) -> None:
    with Feed(postgres) as feed, feed.subscribe() as subscription:
        add(postgres, "a.one")
        assert got(subscription, 1) == ["a.one"]
        kill = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        postgres.read(lambda tx: tx.rows(kill))
        add(postgres, "a.two")
        assert got(subscription, 1) == ["a.two"]


def test_a_feed_on_an_empty_log_begins_at_the_beginning(clock: FixedClock, tmp_path: object) -> None:
    database = open_database(f"sqlite:///{tmp_path}/empty.db", clock=clock)
    migrate(database)
    with closing(database), Feed(database) as feed, feed.subscribe() as subscription:
        assert subscription.place == Cursor()
        add(database, "a.one")
        assert got(subscription, 1) == ["a.one"]
        assert feed.followers == 1
    assert feed.followers == 0
