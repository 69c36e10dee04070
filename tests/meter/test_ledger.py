"""Every ledger keeps the same promises: the one in memory, and the durable one on both databases."""

import threading

import pytest
from tests.meter.test_model import exchange

from windlass.meter.ledger import Ledger, Tally
from windlass.meter.model import Account, Scope, Spend
from windlass.meter.records import DurableLedger

ACCOUNT = Account(1, 12, 3, "backend")
CALLS = 40


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    if request.param == "memory":
        return Tally(ACCOUNT)
    return DurableLedger(request.getfixturevalue(request.param), ACCOUNT)


def test_nothing_is_spent_at_first(ledger: Ledger) -> None:
    assert ledger.totals() == dict.fromkeys(Scope, Spend())


def test_calls_of_many_threads_add_up(ledger: Ledger) -> None:
    threads = [threading.Thread(target=ledger.charge, args=(exchange(),)) for _ in range(CALLS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent = Spend(CALLS, 10 * CALLS, 4 * CALLS, CALLS, 5 * CALLS, 7 * CALLS)
    assert ledger.totals() == dict.fromkeys(Scope, spent)


def test_it_tells_how_long_ago_the_nth_newest_call_of_its_agent_was(ledger: Ledger) -> None:
    assert ledger.age_s(1) is None
    for _ in range(3):
        ledger.charge(exchange())
    ages = [ledger.age_s(back) for back in (1, 2, 3)]
    assert all(age is not None and 0.0 <= age < 60.0 for age in ages)
    assert ages == sorted(ages, key=lambda age: age or 0.0)
    assert ledger.age_s(4) is None
