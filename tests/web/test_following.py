"""Followers in an event loop: woken together, pinged, over in time, left when they take nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest

from windlass.contracts import ASYNCAPI, load_document
from windlass.events import Cursor, Feed, FeedClosed, Filter, Subject, TooSlow, append
from windlass.kernel import WindlassError
from windlass.store import Database
from windlass.web import following
from windlass.web.following import Ask, Follower, Gone, Over, Streams, beside, ended
from windlass.web.frames import Frames
from windlass.web.messages import Messages

Scene = Callable[[Streams], Awaitable[None]]


def play(database: Database, scene: Scene, *, ping_every_s: float = 60.0, buffer_max: int = 1000) -> None:
    with Feed(database, buffer_max=buffer_max) as feed:
        streams = Streams(feed, Frames(Messages(load_document(ASYNCAPI).tree)), ping_every_s=ping_every_s)
        asyncio.run(asyncio.wait_for(scene(streams), 30))


def add(database: Database, count: int = 1, *, task: int = 1) -> None:
    about = Subject(1, task=task)
    database.write(lambda tx: [append(tx, "node.started", 1.0, about=about, pid=n) for n in range(count)])


async def got(follower: Follower, count: int) -> list[object]:
    found: list[object] = []
    while len(found) < count:
        found += [one.event.data["pid"] for one in await follower.turn()]
    return found


def test_all_followers_of_a_loop_are_woken(database: Database) -> None:
    async def scene(streams: Streams) -> None:
        followers = [await streams.follow(Ask()) for _ in range(20)]
        waiting = [asyncio.create_task(got(one, 3)) for one in followers]
        await asyncio.sleep(0.05)
        await asyncio.to_thread(add, database, 3)
        assert await asyncio.gather(*waiting) == [[0, 1, 2]] * 20
        for one in followers:
            one.close()
        assert streams.feed.followers == 0

    play(database, scene)


def test_silence_is_broken_by_pings_and_ended_by_for_s(database: Database) -> None:
    async def scene(streams: Streams) -> None:
        with closing(await streams.follow(Ask(for_s=0.6))) as follower:
            pings: list[object] = []

            async def listen() -> None:
                while True:
                    pings.append(await follower.turn())

            with pytest.raises(Over):
                await listen()
            assert 2 <= len(pings) <= 6
            assert not any(pings)

    play(database, scene, ping_every_s=0.15)


def test_old_events_are_read_before_the_time_is_over(database: Database) -> None:
    add(database, 30)

    async def scene(streams: Streams) -> None:
        with closing(await streams.follow(Ask(after=Cursor(), for_s=0.0))) as follower:
            assert await got(follower, 30) == list(range(30))
            with pytest.raises(Over):
                await follower.turn()

    play(database, scene, buffer_max=5)


def test_who_left_hears_it_at_the_next_turn(database: Database) -> None:
    async def scene(streams: Streams) -> None:
        with closing(await streams.follow(Ask())) as follower:
            asyncio.get_running_loop().call_later(0.05, follower.leave)
            with pytest.raises(Gone):
                await follower.turn()

    play(database, scene)


def test_a_client_that_takes_nothing_is_left(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "STALLED_S", 0.3)

    async def scene(streams: Streams) -> None:
        with closing(await streams.follow(Ask())) as follower, pytest.raises(Gone, match="took nothing"):
            await follower.give(asyncio.sleep(20))

    play(database, scene, ping_every_s=0.2)


def test_being_cancelled_by_others_stays_that(database: Database) -> None:
    async def scene(streams: Streams) -> None:
        with closing(await streams.follow(Ask())) as follower:

            async def stuck() -> None:
                await follower.give(asyncio.sleep(20))

            task = asyncio.create_task(stuck())
            await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    play(database, scene)


def test_choosing_otherwise_begins_anew_there(database: Database) -> None:
    async def scene(streams: Streams) -> None:
        with closing(await streams.follow(Ask())) as follower:
            await asyncio.to_thread(add, database, 2)
            assert await got(follower, 2) == [0, 1]
            await asyncio.to_thread(add, database, 1, task=9)
            await follower.choose(Filter(tasks=frozenset({9})), Cursor())
            found = await follower.turn()
            assert follower.chose == Cursor()
            follower.chose = None
            found = found or await follower.turn()
            assert [one.event.subject.task for one in found] == [9]
        assert streams.feed.followers == 0

    play(database, scene)


def test_the_end_of_the_feed_reaches_who_waits(database: Database) -> None:
    async def scene(streams: Streams) -> None:
        with closing(await streams.follow(Ask())) as follower:
            asyncio.get_running_loop().call_later(
                0.05, lambda: asyncio.create_task(asyncio.to_thread(streams.feed.close))
            )
            with pytest.raises(FeedClosed):
                await follower.turn()

    play(database, scene)


def test_who_comes_while_the_server_stops_hears_bye_instead_of_an_error(database: Database) -> None:
    """A browser's EventSource comes back after an end, and never after an error."""
    add(database, 2)

    async def scene(streams: Streams) -> None:
        with closing(await streams.follow(Ask())):
            await asyncio.to_thread(streams.feed.close)
        for ask in (Ask(), Ask(after=Cursor())):
            with closing(await streams.follow(ask)) as follower, pytest.raises(FeedClosed):
                await follower.turn()

    play(database, scene)


def test_each_end_has_its_reason_and_place() -> None:
    sent, looked = Cursor(0, 1), Cursor(0, 2)
    assert ended(TooSlow(""), sent, looked) == ("slow", looked)
    assert ended(FeedClosed(""), sent, looked) == ("restart", looked)
    assert ended(Over(""), sent, looked) == ("over", looked)
    assert ended(WindlassError("x"), sent, looked) == ("fault", sent)


def test_what_runs_beside_ends_with_the_block() -> None:
    async def scene() -> None:
        running = asyncio.Event()
        ended_by: list[type[BaseException]] = []

        async def work() -> None:
            running.set()
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError as error:
                ended_by.append(type(error))
                raise

        async with beside(work()):
            await running.wait()
        assert ended_by == [asyncio.CancelledError]

    asyncio.run(scene())


def test_a_fault_of_what_runs_beside_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def broken() -> None:
        raise ZeroDivisionError("a bug")

    async def scene() -> None:
        async with beside(broken()):
            await asyncio.sleep(0)

    asyncio.run(scene())
    (record,) = caplog.records
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
