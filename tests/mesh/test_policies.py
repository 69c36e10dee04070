"""Standing answers: offered after three like ones, explicit, revocable, and never for what is risky."""

import pytest
from tests.mesh.conftest import BOSS, OWNER, Bureau

from windlass import mesh, policy
from windlass.events import Subject
from windlass.kernel import Invalid, NotFound
from windlass.mesh import Caller
from windlass.mesh.policies import ON_DEADLINE, matches, pattern_of
from windlass.policy.model import DecisionStatus

OWN = Caller(OWNER, via="cli")


def ask(bureau: Bureau, key: str, **more: object) -> policy.Decision:
    words = {"kind": "gate", "context": {}, "default": None, **more}
    return bureau.database.write(
        lambda tx: policy.ask(
            tx, key, "May it?", words.pop("context"), ("approve", "decline"), now=tx.now(),
            about=Subject(bureau.repository), **words,
        )
    )  # fmt: skip


def tick(bureau: Bureau) -> tuple[int, ...]:
    rules = mesh.Rules(bureau.settings, bureau.started)
    return bureau.database.write(
        lambda tx: mesh.tick(tx, bureau.repository, rules, tx.now())
    ).decided


def standing(bureau: Bureau, number: int) -> policy.Decision:
    return bureau.database.read(lambda tx: policy.decision(tx, number))


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("gate:12:0123456789abcdef01234567", "gate:*:*"),
        ("question:4:1:q-0123456789ab", "question:*:*:q-0123456789ab"),
        ("landing:7:" + "a" * 40 + ":daily_prs", "landing:*:*:daily_prs"),
    ],
)  # fmt: skip
def test_the_pattern_leaves_open_what_numbers_one_case(key: str, pattern: str) -> None:
    assert pattern_of(key) == pattern
    assert matches(pattern, key)
    assert not matches(pattern, key + ":more")


def test_the_third_like_answer_earns_an_offer_and_no_policy(bureau: Bureau) -> None:
    for number, (choice, offered) in enumerate([("approve", False), ("approve", False), ("approve", True)]):
        asked = ask(bureau, f"gate:{number}")
        done = bureau.mesh.decide(OWN, asked.id, choice)
        assert (done["offer"] is not None) == offered
    assert done["offer"] == {"kind": "gate", "pattern": "gate:*", "choice": "approve"}
    assert bureau.mesh.policies(OWN, None) == []
    asked = ask(bureau, "gate:9")
    assert tick(bureau) == ()
    assert bureau.mesh.decide(OWN, asked.id, "decline")["offer"] is None, "the row is broken"


def test_a_policy_answers_until_it_is_revoked(bureau: Bureau) -> None:
    made = bureau.mesh.add_policy(OWN, "shop", ("gate", "gate:*", "approve"))
    assert bureau.mesh.add_policy(OWN, "shop", ("gate", "gate:*", "approve"))["id"] == made["id"]
    first = ask(bureau, "gate:1")
    assert tick(bureau) == (first.id,)
    answered = standing(bureau, first.id)
    assert (answered.answer, answered.answered_by) == ("approve", f"policy:{made['id']}")
    (listed,) = bureau.mesh.policies(OWN, "shop")
    assert (listed["used"], listed["repository"]) == (1, "shop")
    assert bureau.mesh.revoke_policy(OWN, made["id"])["revoked_by"] == "person:owner"
    bureau.mesh.revoke_policy(OWN, made["id"])
    assert bureau.mesh.policies(OWN, "shop") == []
    assert len(bureau.mesh.policies(OWN, "shop", revoked=True)) == 1
    ask(bureau, "gate:2")
    assert tick(bureau) == ()


def test_what_is_risky_is_always_asked(bureau: Bureau) -> None:
    bureau.mesh.add_policy(OWN, None, ("gate", "gate:*", "approve"))
    ask(bureau, "gate:1", context={"route": "strict"})
    ask(bureau, "gate:2", priority=0)
    assert tick(bureau) == ()
    with pytest.raises(Invalid):
        bureau.mesh.add_policy(OWN, None, ("failed", "failed:*", "retry"))
    with pytest.raises(Invalid):
        bureau.mesh.add_policy(OWN, None, ("gate", "*:*", "approve"))
    with pytest.raises(NotFound):
        bureau.mesh.revoke_policy(OWN, 77)


def test_the_default_applies_at_the_deadline_only_where_the_owner_said_so(bureau: Bureau) -> None:
    late = bureau.clock() + 60
    asked = ask(bureau, "gate:1", default="decline", deadline=late, priority=2)
    bureau.clock.advance(61)
    assert tick(bureau) == ()
    overdue = standing(bureau, asked.id)
    assert (overdue.status, overdue.priority) == (DecisionStatus.OPEN, 0)
    bureau.mesh.add_policy(OWN, None, (ON_DEADLINE, "gate:*", "default"))
    second = ask(bureau, "gate:2", default="decline", deadline=bureau.clock() + 60)
    assert tick(bureau) == ()
    bureau.clock.advance(61)
    assert tick(bureau) == (second.id,)
    assert standing(bureau, second.id).answer == "decline"
    assert BOSS.subject != standing(bureau, second.id).answered_by
