"""Spend adds up, and an account has a name in every scope."""

import json

from windlass.meter.model import Account, Exchange, Outcome, Scope, Spend, Usage


def exchange(**more: object) -> Exchange:
    fields: dict[str, object] = {
        "provider": "p", "protocol": None, "model": "m", "outcome": Outcome.ANSWERED, "status": 200,
        "detail": "", "usage": Usage(10, 4, 1, 5), "measured": True, "micro_dollars": 7, "tries": 1,
        "at": 0.0,        "first_byte_s": 0.1, "seconds": 0.2,
    }  # fmt: skip
    return Exchange(**{**fields, **more})  # type: ignore[arg-type]  # the test's own fields


def test_a_call_is_a_delta() -> None:
    assert exchange().spend == Spend(1, 10, 4, 1, 5, 7, 0, 0)
    unknown = exchange(usage=None, measured=False, micro_dollars=None, tries=3)
    assert unknown.spend == Spend(1, unmeasured=1, unpriced=1)
    assert (exchange().spend + unknown.spend).tokens == 15
    assert exchange(usage=None, tries=0, micro_dollars=0).spend == Spend()


def test_what_is_not_known_is_said() -> None:
    known = exchange().spend
    assert str(known) == "1 calls, 10 tokens in (of which 4 cached), 5 out: 0.000007 dollars"
    unknown = exchange(usage=None, measured=False, micro_dollars=None).spend
    assert str(unknown).endswith(" 0 out, 1 calls of unknown usage: 1 calls of unknown cost")
    assert str(known + unknown).endswith(": 0.000007 dollars and 1 calls of unknown cost")
    assert json.loads(exchange().dump())["outcome"] == "answered"


def test_a_day_belongs_to_its_repository_and_ends_at_midnight_in_greenwich() -> None:
    account = Account(7, 12, 3, "backend")
    assert account.keys(86_399.9) == {
        Scope.TASK: "12", Scope.ATTEMPT: "12.3", Scope.AGENT: "backend", Scope.REPOSITORY: "7",
        Scope.DAY: "7.1970-01-01", Scope.AGENT_DAY: "7.1970-01-01.backend",
    }  # fmt: skip
    assert account.keys(86_400.0)[Scope.DAY] == "7.1970-01-02"
