"""Whoever is turned away leaves a trace, and no secret does."""

import pytest

from windlass import events
from windlass.identity import (
    ACTIONS,
    OWNER,
    Door,
    Principal,
    Role,
    TokenKind,
    Unknown,
    authorize,
    close_session,
    issue,
    make_link,
    open_session,
    revoke,
    tokens,
)
from windlass.identity.door import RECORDED_PER_MINUTE_MAX
from windlass.kernel import Denied


@pytest.fixture
def door(database, clock):
    return Door(database, clock=clock)


@pytest.fixture
def token(database):
    return database.write(
        lambda tx: issue(tx, TokenKind.PERSON, subject="person:ann", role=Role.VIEWER, now=tx.now(),
                         expires_at=tx.now() + 3600, by="person:owner")
    )  # fmt: skip


def told(database, kind):
    return [event for event in database.read(events.history) if event.kind == kind]


def test_who_has_a_token_comes_in_and_its_use_is_noted(door, database, token):
    assert door.enter(token.text, via="rest").subject == "person:ann"
    assert database.read(tokens)[0].used_at is not None
    assert told(database, "access.unknown") == []


def test_whoever_is_unknown_is_recorded_without_the_secret(door, database, token):
    database.write(lambda tx: revoke(tx, token.id, "person:owner", tx.now()))
    for text in (None, "", "hunter2", token.text):
        with pytest.raises(Unknown):
            door.enter(text, via="mcp", source="192.0.2.7:4711")
    records = told(database, "access.unknown")
    assert [(r.actor, r.data["via"], r.data["source"], r.data["prefix"]) for r in records] == [
        ("nobody", "mcp", "192.0.2.7:4711", prefix) for prefix in ("", "", "", "wl_pat_")
    ]
    row = database.read(lambda tx: tx.scalar("SELECT hash FROM wl_token"))
    assert row.startswith(records[-1].data["digest"])
    assert len(records[-1].data["digest"]) == 16
    kept = str([dict(r.data) for r in records])
    assert "hunter2" not in kept
    assert token.text not in kept


@pytest.mark.parametrize("action", ACTIONS)
def test_every_denied_right_is_recorded_once(door, database, action):
    nobody = Principal("service:ci", Role.SERVICE, frozenset(), 4, None, 12)
    with pytest.raises(Denied) as caught:
        authorize(nobody, action)
    for _ in range(2):
        door.refuse(nobody, caught.value, via="rest", task=9)
    (record,) = told(database, "access.denied")
    assert (record.actor, record.subject.task, record.subject.repository) == ("service:ci", 9, 4)
    assert record.data["action"] == action
    assert record.data["token"] == 12


def test_a_refusal_is_recorded_once_by_whoever_sees_it_first(door, database):
    with pytest.raises(Unknown) as caught:
        door.enter("x", via="rest")
    door.refuse(OWNER, caught.value, via="rest")
    assert [e.kind for e in database.read(events.history)] == ["access.unknown"]


def test_a_known_caller_with_an_unknown_lease_token_is_named(door, database, token):
    door.refuse(OWNER, Unknown(), via="mcp", credential=token.text)
    (record,) = told(database, "access.unknown")
    assert (record.actor, record.data["prefix"]) == (OWNER.subject, "wl_pat_")
    assert token.text not in str(record)


def test_a_browser_comes_in_by_its_cookie(door, database):
    link = database.write(lambda tx: make_link(tx, OWNER, tx.now())).text
    cookie, opened = database.write(lambda tx: open_session(tx, link, tx.now()))
    assert door.sit(cookie) == opened
    with pytest.raises(Unknown):
        door.sit("invented", source="192.0.2.8")
    assert [r.data["source"] for r in told(database, "access.unknown")] == ["192.0.2.8"]


def test_a_flood_of_refusals_is_counted_and_does_not_fill_the_log(door, database, clock):
    for _ in range(RECORDED_PER_MINUTE_MAX + 25):
        with pytest.raises(Unknown):
            door.enter("x", via="rest")
    assert len(told(database, "access.unknown")) == RECORDED_PER_MINUTE_MAX
    clock.advance(61)
    for _ in range(2):
        with pytest.raises(Unknown):
            door.enter("x", via="rest")
    last = told(database, "access.unknown")[-2:]
    assert [record.data.get("unrecorded_before") for record in last] == [25, None]


def test_who_is_in_stays_while_the_credential_counts(door, database, token, clock):
    principal = door.enter(token.text, via="rest")
    door.recheck(principal)
    door.recheck(OWNER)
    clock.advance(3601)
    with pytest.raises(Unknown):
        door.recheck(principal)
    link = database.write(lambda tx: make_link(tx, OWNER, tx.now()))
    cookie, session = database.write(lambda tx: open_session(tx, link.text, tx.now()))
    door.recheck(session.principal, cookie)
    database.write(lambda tx: close_session(tx, cookie, tx.now()))
    with pytest.raises(Unknown):
        door.recheck(session.principal, cookie)
    assert told(database, "access.unknown") == [], "nobody came to the door"
