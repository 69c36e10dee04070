"""Links work once, sessions end, on both databases."""

import threading

import pytest

from windlass import events
from windlass.identity import (
    Principal,
    Role,
    TokenKind,
    Unknown,
    close_session,
    issue,
    make_link,
    open_session,
)
from windlass.identity.records import seen, session
from windlass.identity.records.sessions import IDLE_S, LIFE_S, LINK_S, SEEN_EVERY_S

ANN = Principal("person:ann", Role.APPROVER)


def link_of(database, principal=ANN):
    return database.write(lambda tx: make_link(tx, principal, tx.now())).text


def enter(database, link):
    return database.write(lambda tx: open_session(tx, link, tx.now()))


def find(database, cookie):
    return database.read(lambda tx: session(tx, cookie, tx.now()))


def use(database, cookie):
    database.write(lambda tx: seen(tx, cookie, tx.now()))


def test_a_link_opens_one_session_as_whom_it_was_made_for(database):
    link = link_of(database)
    cookie, opened = enter(database, link)
    assert opened.principal == ANN
    assert find(database, cookie) == opened
    with pytest.raises(Unknown):
        enter(database, link)
    rows = database.read(lambda tx: tx.rows("SELECT * FROM wl_session"))
    assert cookie not in str(rows)
    assert opened.csrf not in str(rows)
    assert [e.kind for e in database.read(events.history)] == ["token.issued", "session.opened"]


def test_of_many_who_spend_a_link_at_once_one_gets_in(database):
    link, got, missed = link_of(database), [], []

    def spend():
        try:
            got.append(enter(database, link))
        except Unknown:
            missed.append(1)

    threads = [threading.Thread(target=spend) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(missed)) == (1, 7)


def test_a_link_is_good_for_minutes(database, clock):
    link = link_of(database)
    clock.advance(LINK_S)
    with pytest.raises(Unknown):
        enter(database, link)


def test_no_other_token_opens_a_session(database):
    made = database.write(
        lambda tx: issue(tx, TokenKind.PERSON, subject="person:ann", role=Role.ADMIN, now=tx.now(),
                         expires_at=tx.now() + 60, by="person:ann")
    )  # fmt: skip
    with pytest.raises(Unknown):
        enter(database, made.text)


@pytest.mark.parametrize("cookie", ["", "x", "wl_pat_1", "é" * 40, "x" * 10_000])
def test_an_invented_cookie_is_unknown(database, cookie):
    with pytest.raises(Unknown):
        find(database, cookie)


def test_an_idle_session_ends(database, clock):
    cookie, _ = enter(database, link_of(database))
    clock.advance(IDLE_S - 1)
    use(database, cookie)
    clock.advance(IDLE_S - 1)
    assert find(database, cookie).principal == ANN
    clock.advance(2)
    with pytest.raises(Unknown):
        find(database, cookie)


def test_a_session_ends_after_a_week_however_busy_it_is(database, clock):
    cookie, _ = enter(database, link_of(database))
    for _ in range(int(LIFE_S // 3600) - 1):
        clock.advance(3600)
        use(database, cookie)
        find(database, cookie)
    clock.advance(3600)
    use(database, cookie)
    with pytest.raises(Unknown):
        find(database, cookie)


def test_a_use_is_noted_once_a_minute(database, clock):
    cookie, _ = enter(database, link_of(database))
    first = clock.at
    clock.advance(SEEN_EVERY_S - 1)
    use(database, cookie)
    assert database.read(lambda tx: tx.scalar("SELECT seen_at FROM wl_session")) == first
    clock.advance(1)
    use(database, cookie)
    assert database.read(lambda tx: tx.scalar("SELECT seen_at FROM wl_session")) == clock.at


def test_a_closed_session_is_gone_and_told_once(database):
    cookie, _ = enter(database, link_of(database))
    for _ in range(2):
        database.write(lambda tx: close_session(tx, cookie, tx.now()))
    with pytest.raises(Unknown):
        find(database, cookie)
    assert [e.kind for e in database.read(events.history)][1:] == ["session.opened", "session.closed"]
