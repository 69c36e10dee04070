"""How figures are told: by repository, as JSON, in words."""

import json

import pytest

from windlass import backlog, policy
from windlass.events import Subject
from windlass.learn.figures import document, duration, figures, lines, words
from windlass.learn.flow import Facts, Reading, readings
from windlass.store import Database


def test_each_repository_has_its_own_and_the_homeless_are_not_lost(database: Database):
    for name in ("shop", "site"):
        database.write(lambda tx, n=name: backlog.tend(tx, n, f"/{n}", "main", 1.0))
    about = Subject(repository=2)
    for key, where in (("a", about), ("b", Subject())):
        database.write(
            lambda tx, k=key, w=where: policy.ask(tx, k, "?", {}, ("y", "n"), kind="x", now=5.0, about=w)
        )
    found = database.read(lambda tx: figures(tx, 65.0))
    told = {name: next(r.value for r in rows if r.name == "escalations") for name, rows in found.items()}
    assert told == {"shop": 0, "site": 1, "": 1}
    assert next(r for r in found["site"] if r.name == "escalation_age").value == 60.0


def test_the_document_is_json_with_source_time_and_reason():
    found = json.loads(json.dumps(document(readings(Facts(leases_active=2), 0.0))))
    assert found["leases_active"]["value"] == 2
    assert found["veto_rate"]["value"] is None
    assert "no attempt began" in found["veto_rate"]["why"]
    assert {"value", "unit", "of", "about", "source", "at", "why"} == set(found["messages"])


@pytest.mark.parametrize(
    ("value", "unit", "of", "said"),
    [
        (None, "ratio", 0, "unknown: nobody did"),
        (0.125, "ratio", 8, "12% of 8"),
        (3.0, "tasks", None, "3 tasks"),
        (1.0, "tasks", None, "1 task"),
        (2.5, "per lease", 4, "2.5 per lease"),
        (250.0, "seconds", 9, "4 min 10 s of 9"),
    ],
)
def test_readings_in_words(value: float | None, unit: str, of: int | None, said: str):
    one = Reading("x", "flow", value, unit, "about", "wl_task", 0.0, of, why="" if value else "nobody did")
    assert words(one) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"), (9.96, "10.0 s"), (59.4, "59 s"), (59.7, "60 s"), (60, "1 min"), (3599.6, "1 h"),
        (3700, "1 h 1 min"), (90_000, "1 d 1 h"), (172_800, "2 d"),
    ],
)  # fmt: skip
def test_durations_have_two_units_at_most(seconds: float, said: str):
    assert duration(seconds) == said


def test_percentiles_of_one_thing_are_one_line_and_ages_of_nothing_are_none():
    told = dict(lines(readings(Facts(done=((60.0, 1), (120.0, 1), (7300.0, 1))), 0.0)))
    assert told["task duration"] == "median 2 min of 3, p90 2 h 1 min, p99 2 h 1 min"
    assert told["review duration"].startswith("unknown: no submission was decided")
    assert not any(name.endswith(" age") for name in told)
    assert told["tasks blocked"] == "0 tasks"
