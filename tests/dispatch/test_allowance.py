"""What an attempt may use follows from what its budgets leave."""

from tests.meter.test_model import exchange

from windlass.dispatch.allowance import Allowance, allowance
from windlass.dispatch.budget import Budget, Counter
from windlass.dispatch.records import budgets
from windlass.kernel import FixedClock
from windlass.meter import Account, Caps, DurableLedger, Scope
from windlass.meter.caps import breach
from windlass.store import Database

C = Counter
BUDGET = Budget(
    task=((C.REQUESTS, 2), (C.SECONDS, 90)),
    agent_day=((C.TOKENS, 100), (C.TURNS, 5)),
    repository_day=((C.MONEY, 50),),
)


def given(database: Database, account: Account, budget: Budget = BUDGET) -> Allowance:
    return database.read(lambda tx: allowance(tx, account, budget, tx.now()))


def test_caps_are_totals_on_record_and_time_is_what_is_left(
    desk, database: Database, clock: FixedClock
) -> None:
    desk.file()
    _, lease = desk.take()
    account = Account(1, lease.task_id, lease.fence, "mechanic")
    clock.advance(30)
    found = given(database, account)
    caps = {
        Scope.TASK: Caps(requests=2), Scope.AGENT_DAY: Caps(tokens=100), Scope.DAY: Caps(micro_dollars=50),
    }  # fmt: skip
    assert found == Allowance(caps, 60)
    ledger = DurableLedger(database, account)
    for expected in (None, None, Scope.TASK):
        stopped = breach(found.caps, ledger.totals())
        assert (stopped.scope if stopped else None) is expected
        ledger.charge(exchange())


def test_an_extension_is_in_the_next_attempts_caps(desk, database: Database) -> None:
    task = desk.file()
    purse = database.read(lambda tx: budgets.task_standing(tx, task, BUDGET, tx.now())).purse
    more = {C.REQUESTS: 3, C.UNMEASURED: 4}
    database.write(lambda tx: budgets.extend(tx, 1, purse, more, tx.now(), by="ada"))
    account = Account(1, task, 1, "mechanic")
    assert given(database, account).caps[Scope.TASK] == Caps(requests=5)
    tokens = Budget(task=((C.TOKENS, 7),))
    assert given(database, account, tokens).caps[Scope.TASK] == Caps(tokens=7, unmeasured_max=9)


def test_without_limits_there_are_no_caps_and_without_time_no_less_than_a_moment(
    desk, database: Database, clock: FixedClock
) -> None:
    task = desk.file()
    account = Account(1, task, 1, "mechanic")
    assert given(database, account, Budget()) == Allowance()
    assert given(database, account, Budget(task=((C.TURNS, 1),))) == Allowance()
    desk.take()
    clock.advance(1000)
    assert given(database, account).time_s == 1.0

