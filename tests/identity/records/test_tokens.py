"""Tokens on both databases: issued once, found by digest, dead for good."""

import dataclasses
import json

import pytest

from windlass import events
from windlass.identity import (
    LeaseRef,
    Principal,
    Role,
    TokenKind,
    Unknown,
    issue,
    prune,
    resolve,
    revoke,
    tokens,
)
from windlass.identity.records import make_link, touch
from windlass.identity.records.tokens import KEPT_S, LIFE_MAX_S
from windlass.kernel import Invalid, NotFound

DAY = 86_400.0


def make(database, kind=TokenKind.PERSON, role=Role.OPERATOR, *, life_s=DAY, subject="person:ann", **more):
    return database.write(
        lambda tx: issue(tx, kind, subject=subject, role=role, now=tx.now(), expires_at=tx.now() + life_s,
                         by="person:owner", **more)
    )  # fmt: skip


def who(database, text):
    return database.read(lambda tx: resolve(tx, text, tx.now()))


def nobody(database, text):
    with pytest.raises(Unknown) as caught:
        who(database, text)
    return str(caught.value), caught.value.hint


def test_a_token_resolves_to_who_it_was_made_for(database):
    made = make(
        database, TokenKind.SERVICE, Role.SERVICE, subject="service:ci", scopes=["read"], repository=3
    )
    assert who(database, made.text) == Principal(
        "service:ci", Role.SERVICE, frozenset({"read"}), 3, None, made.id
    )


def test_a_runner_is_an_instance(database):
    made = make(database, TokenKind.RUNNER, Role.AGENT, subject="runner:farm")
    assert who(database, made.text).instance == "farm"
    person = make(database, subject="runner:farm")
    assert who(database, person.text).instance == ""


def test_a_lease_token_carries_the_lease_and_nothing_else(database):
    lease = LeaseRef(7, 3, "runner:w1", "n1")
    made = make(database, TokenKind.LEASE, Role.AGENT, subject="ignored", lease=lease, repository=2)
    assert who(database, made.text) == Principal("lease:7/3", Role.AGENT, frozenset(), 2, lease, made.id)


def test_only_the_digest_is_kept(database):
    made = make(database)
    rows = database.read(lambda tx: tx.rows("SELECT * FROM wl_token"))
    log = database.read(events.history)
    kept = json.dumps([dict(row) for row in rows]) + json.dumps([dataclasses.asdict(event) for event in log])
    assert made.text not in kept
    assert made.text[7:-6] not in kept
    assert len(rows[0]["hash"]) == 64


def test_nothing_tells_why_a_token_does_not_count(database, clock):
    good, old, gone = make(database), make(database, life_s=10.0), make(database)
    database.write(lambda tx: revoke(tx, gone.id, "person:owner", tx.now()))
    link = database.write(lambda tx: make_link(tx, Principal("person:ann", Role.ADMIN), tx.now()))
    clock.advance(11.0)
    foreign = "wl_pat_" + good.text[7:][::-1]
    answers = {
        nobody(database, text) for text in ("", "x", foreign, old.text, gone.text, link.text, good.text + " ")
    }
    assert len(answers) == 1
    assert who(database, good.text).subject == "person:ann"


def test_revoking_counts_at_once_and_once(database):
    made = make(database)
    first = database.write(lambda tx: revoke(tx, made.id, "person:bob", tx.now()))
    again = database.write(lambda tx: revoke(tx, made.id, "person:eve", tx.now() + 5))
    assert first.revoked_at == again.revoked_at is not None
    told = [(e.kind, e.actor, e.data["token"]) for e in database.read(events.history)]
    assert told == [("token.issued", "person:owner", made.id), ("token.revoked", "person:bob", made.id)]
    with pytest.raises(NotFound, match="no token 99"):
        database.write(lambda tx: revoke(tx, 99, "person:bob", tx.now()))


@pytest.mark.parametrize(
    ("kind", "role", "more"),
    [
        (TokenKind.RUNNER, Role.ADMIN, {}),
        (TokenKind.LEASE, Role.ADMIN, {"lease": LeaseRef(1, 1, "w", "n")}),
        (TokenKind.SERVICE, Role.APPROVER, {"scopes": ["read"]}),
        (TokenKind.SERVICE, Role.SERVICE, {}),
        (TokenKind.SERVICE, Role.SERVICE, {"scopes": ["read", "everything"]}),
        (TokenKind.PERSON, Role.AGENT, {}),
        (TokenKind.PERSON, Role.ADMIN, {"life_s": 0.0}),
        (TokenKind.PERSON, Role.ADMIN, {"life_s": -5.0}),
        (TokenKind.PERSON, Role.ADMIN, {"life_s": LIFE_MAX_S + 1}),
        (TokenKind.PERSON, Role.ADMIN, {"life_s": float("nan")}),
        (TokenKind.PERSON, Role.ADMIN, {"life_s": float("inf")}),
        (TokenKind.PERSON, Role.ADMIN, {"subject": ""}),
        (TokenKind.PERSON, Role.ADMIN, {"subject": "a\nb"}),
        (TokenKind.PERSON, Role.ADMIN, {"subject": "x" * 201}),
        (TokenKind.PERSON, Role.ADMIN, {"name": "x" * 201}),
        (TokenKind.PERSON, Role.ADMIN, {"lease": LeaseRef(1, 1, "w", "n")}),
        (TokenKind.LEASE, Role.AGENT, {}),
    ],
)
def test_what_must_not_be_issued_is_not(database, kind, role, more):
    with pytest.raises(Invalid):
        make(database, kind, role, **more)
    assert database.read(lambda tx: tokens(tx, leases=True)) == []
    assert database.read(events.history) == []


def test_tokens_are_listed_without_those_of_leases(database):
    one = make(database)
    make(database, TokenKind.LEASE, Role.AGENT, lease=LeaseRef(1, 1, "w", "n"))
    two = make(database, subject="person:bob", name="laptop")
    assert [t.id for t in database.read(tokens)] == [one.id, two.id]
    assert [t.name for t in database.read(lambda tx: tokens(tx, subject="person:bob"))] == ["laptop"]
    assert len(database.read(lambda tx: tokens(tx, leases=True))) == 3
    assert [t.id for t in database.read(lambda tx: tokens(tx, after=one.id, limit=1))] == [two.id]


def test_the_last_use_is_noted_now_and_then(database, clock):
    made = make(database)

    def used():
        database.write(lambda tx: touch(tx, made.id, tx.now()))
        return database.read(tokens)[0].used_at

    first = used()
    clock.advance(10.0)
    assert used() == first == clock.at - 10.0
    clock.advance(300.0)
    assert used() == clock.at


def test_dead_tokens_of_leases_are_forgotten_and_those_of_people_are_not(database, clock):
    make(database, TokenKind.LEASE, Role.AGENT, lease=LeaseRef(1, 1, "w", "n"))
    make(database)
    clock.advance(DAY + KEPT_S - 1)
    assert database.write(lambda tx: prune(tx, tx.now())) == 0
    clock.advance(2)
    assert database.write(lambda tx: prune(tx, tx.now())) == 1
    assert [t.kind for t in database.read(lambda tx: tokens(tx, leases=True))] == [TokenKind.PERSON]
