"""The multiplier as a function and as SQL: the same numbers, and what the class merge relies on."""

import sqlite3

import pytest
from hypothesis import given
from hypothesis import strategies as st

from windlass import backlog
from windlass.backlog import Score
from windlass.dispatch.aging import CEILING, DAY_S, cls_of, multiplier, multiplier_sql

AGES = st.floats(-1e6, 1e8, allow_nan=False)


@given(AGES)
def test_function_and_sql_agree(age: float) -> None:
    with sqlite3.connect(":memory:") as raw:
        [(found,)] = raw.execute(f"SELECT {multiplier_sql(':age')}", {"age": age})
    assert found == pytest.approx(multiplier(age))


@pytest.mark.postgres
def test_postgresql_agrees_too(postgres) -> None:
    for age in (-5.0, 0.0, DAY_S, DAY_S + 1, 4.2 * DAY_S, 10 * DAY_S, 1e8):
        found = postgres.read(
            lambda tx, age=age: tx.scalar(
                f"SELECT {multiplier_sql('CAST(:age AS double precision)')}", age=age
            )
        )
        assert float(found) == pytest.approx(multiplier(age))


@given(AGES, AGES)
def test_older_is_never_worse_and_nothing_passes_the_ceiling(one: float, two: float) -> None:
    younger, older = sorted((one, two))
    assert 1.0 <= multiplier(younger) <= multiplier(older) <= CEILING


@given(st.floats(0, 50))
def test_it_ages_as_the_backlog_does(days: float) -> None:
    score = Score(3, 3, 2, 2)
    assert backlog.wsjf(score, days) == pytest.approx(backlog.wsjf(score) * multiplier(days * DAY_S))


def test_a_class_is_a_thousandth_of_wsjf() -> None:
    assert [cls_of(value) for value in (0, 0.2307, 1, 39)] == [0, 231, 1000, 39000]
