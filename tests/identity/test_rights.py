"""Every role, every action, every fact of the case, against a table written down a second time."""

import itertools
from dataclasses import replace

import pytest

from windlass.identity import ACTIONS, OWNER, SYSTEM, LeaseRef, Principal, Role, authorize, self_approved
from windlass.kernel import Denied, Invalid

# Columns: viewer operator approver admin service agent. y yes, - never, s scope, t own task, f free of a
# lease, i own instance, k own token, r routine risk, o work of others.
TABLE = """
read             y y y y s t
task.claim       - y - y s f
task.work        - - - - - t
task.answer      - y y y s -
task.approve     - - o o - -
task.reject      - - y y - -
task.requeue     - y - y - -
task.unblock     - y - y - -
task.cancel      - y y y s -
task.sweep       - y - y - -
task.create      - y y y s -
decide.answer    - r y y - -
policy.edit      - - - y - -
token.manage     k k k y - -
instance.manage  - y - y s i
message.send     - y y y s y
state.write      - y - y s y
lock.take        - y - y s y
audit.read       - - y y s -
undo             - y - y - -
"""
CELLS = {
    (line.split()[0], role): cell
    for line in TABLE.strip().splitlines()
    for role, cell in zip(Role, line.split()[1:], strict=True)
}
HELD = LeaseRef(7, 2, "runner:w1", "n1")
SOMEBODY = "person:ann"

FACTS = {
    "task": (None, 7, 8),
    "author": (None, (), (SOMEBODY,), ("person:bob",), (SOMEBODY, "person:bob"), SOMEBODY),
    "risk": (None, "low", "high"),
    "owner": (None, SOMEBODY, "person:bob"),
    "granted": (None, Role.VIEWER, Role.ADMIN),
    "instance": (None, "w1", "w1.slot", "w10", "w2"),
}
RELEVANT = {
    "read": ("task", "author"), "task.claim": ("task",), "task.work": ("task", "author"),
    "task.approve": ("author", "task"), "decide.answer": ("risk",), "token.manage": ("owner", "granted"),
    "instance.manage": ("instance",),
}  # fmt: skip


def expected(cell, principal, action, facts):
    if principal.scopes and action not in principal.scopes:
        return False
    authors = facts.get("author")
    authors = {authors} if isinstance(authors, str) else authors
    lease = principal.lease
    return {
        "y": lambda: True,
        "-": lambda: False,
        "s": lambda: bool(principal.scopes),
        "t": lambda: facts.get("task") == lease.task_id if lease else SOMEBODY in (authors or ()),
        "f": lambda: lease is None,
        "i": lambda: lease is None and principal.instance == "w1" and facts["instance"] in ("w1", "w1.slot"),
        "k": lambda: facts["owner"] == SOMEBODY and facts["granted"] in (None, Role.VIEWER, principal.role),
        "r": lambda: facts["risk"] == "low",
        "o": lambda: authors is not None and SOMEBODY not in authors,
    }[cell]()


def principals():
    """Somebody of every role, with and without a lease, an instance and scopes."""
    for role, lease, instance, scoped in itertools.product(Role, (None, HELD), ("", "w1"), (0, 1, 2)):
        yield Principal(SOMEBODY, role, frozenset(), None, lease, None, instance), scoped


def test_the_table_names_every_action_and_role():
    assert {action for action, _ in CELLS} == set(ACTIONS)
    assert {(a, r) for (a, r), cell in CELLS.items() if cell != "-"} == {
        (a, r) for a, row in ACTIONS.items() for r in row
    }


@pytest.mark.parametrize("action", ACTIONS)
def test_every_cell_under_every_circumstance(action):
    names = RELEVANT.get(action, ("task",))
    tried = 0
    for (somebody, scoped), values in itertools.product(
        principals(), itertools.product(*(FACTS[name] for name in names))
    ):
        scopes = {0: frozenset(), 1: frozenset({action}), 2: frozenset(set(ACTIONS) - {action})}[scoped]
        principal = replace(somebody, scopes=scopes)
        facts = dict(zip(names, values, strict=True))
        wanted = expected(CELLS[action, principal.role], principal, action, facts)
        assert allowed(principal, action, **facts) is wanted, (principal, action, facts)
        tried += 1
    assert tried >= 6 * 2 * 2 * 3 * 3


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("role", Role)
def test_who_is_bound_to_a_repository_touches_no_other(action, role):
    scopes = frozenset({action}) if role is Role.SERVICE else frozenset()
    lease = HELD if CELLS[action, role] == "t" else None
    principal = Principal(SOMEBODY, role, scopes, 1, lease, None, "w1")
    facts = {"task": 7, "author": ("person:bob",), "risk": "low", "owner": SOMEBODY, "instance": "w1"}
    may = CELLS[action, role] != "-"
    assert allowed(principal, action, repository=1, **facts) is may
    assert allowed(principal, action, repository=2, **facts) is False
    # Whoever acts on the task of the own lease is at home there without saying where that is.
    assert allowed(principal, action, **facts) is (may and lease is not None)


def allowed(principal, action, **facts):
    try:
        authorize(principal, action, **facts)
    except Denied as refusal:
        refused = refusal
    else:
        return True
    assert action in str(refused)
    assert principal.role.value in str(refused)
    assert refused.hint
    assert refused.details == {"action": action, "role": principal.role.value}
    return False


@pytest.mark.parametrize("action", ["task.approve", "task.reject", "policy.edit", "token.manage"])
@pytest.mark.parametrize("scopes", [frozenset(), frozenset(ACTIONS)])
@pytest.mark.parametrize("role", [Role.AGENT, Role.SERVICE])
def test_no_machine_ever_approves_or_changes_the_rules(action, scopes, role):
    for lease in (None, HELD):
        principal = Principal("runner:w1", role, scopes, None, lease, None, "w1")
        assert not allowed(principal, action, task=7, author=(), owner="runner:w1", risk="low")


def test_an_action_nobody_knows_is_a_mistake_of_the_caller():
    with pytest.raises(Invalid, match=r"task\.destroy") as caught:
        authorize(OWNER, "task.destroy")
    assert "task.claim" in caught.value.hint


def test_the_owner_of_a_data_home_may_approve_the_own_work_and_it_shows():
    authorize(OWNER, "task.approve", author=OWNER.subject)
    assert self_approved(OWNER, {OWNER.subject})
    assert not self_approved(OWNER, {"runner:w1"})
    ann = Principal("person:ann", Role.ADMIN)
    assert not allowed(ann, "task.approve", author={"person:ann"})
    assert not self_approved(ann, {"person:ann"})


def test_windlass_itself_approves_only_what_others_did():
    authorize(SYSTEM, "task.approve", author={"runner:w1"})
    assert not allowed(SYSTEM, "task.approve", author={"windlass"})
