"""What checks say about the metrics."""

from windlass.ratchet.figures import values
from windlass.ratchet.model import SHIPPED, Better, Metric, Value
from windlass.verify import Outcome, Reading

SIZE = Metric("size", Better.DOWN, "lines", command="sh size.sh")


def test_every_metric_is_a_value_or_a_reason() -> None:
    readings = [
        Reading("pytest", Outcome.PASSED, metrics={"coverage": 81.5}),
        Reading("pytest:abc", Outcome.PASSED, metrics={"coverage": 12.0}),
        Reading("ruff_lint", Outcome.FAILED, counts={"a.py|F401": 2, "b.py|E711": 1}),
        Reading("mypy", Outcome.UNKNOWN, detail="mypy is broken"),
        Reading("figure:size", Outcome.PASSED, metrics={"value": 120.0}),
    ]
    found = values((*SHIPPED, SIZE), readings)
    assert {name: one.value for name, one in found.items() if one.value is not None} == {
        "coverage": 81.5, "lint": 3.0, "size": 120.0,
    }  # fmt: skip
    assert found["types"].why == "mypy is broken"
    assert "[[ratchet.metric]]" in found["mutation"].why
    assert (found["coverage"].source, found["size"].source) == ("pytest", "figure:size")


def test_linters_and_compilers_of_other_languages_count_too() -> None:
    readings = [
        Reading("eslint", Outcome.FAILED, counts={"a.js|no-undef": 2}),
        Reading("tsc", Outcome.FAILED, counts={"a.ts|TS2322": 1}),
    ]
    found = values(SHIPPED, readings)
    assert (found["lint"].value, found["types"].value) == (2.0, 1.0)


def test_without_readings_nothing_is_known() -> None:
    found = values((*SHIPPED, SIZE), [Reading("figure:size", Outcome.UNKNOWN, detail="exit code 1")])
    assert not [one for one in found.values() if one.value is not None]
    assert all(one.why for one in found.values())
    assert found["size"].why == "exit code 1"
    assert values((SIZE,), [])["size"].why == "its command was not run"


def test_the_slowest_benchmark_that_timed_single_calls_is_the_latency() -> None:
    p95 = next(one for one in SHIPPED if one.name == "p95")
    timed = [Reading(f"benchmark:{ms}", Outcome.PASSED, metrics={"p95_ms": ms}) for ms in (3.0, 8.0)]
    coarse = Reading("benchmark:mean", Outcome.PASSED, metrics={"ratio": 1.0})
    assert values([p95], [*timed, coarse])["p95"].value == 8.0
    assert "no benchmark timed single calls" in values([p95], [coarse])["p95"].why


def test_a_sample_of_mutants_tells_the_share_that_is_noticed_and_no_change_is_asked_for_one() -> None:
    mutation = next(one for one in SHIPPED if one.name == "mutation")
    sample = Reading("mutation:pytest", Outcome.PASSED, metrics={"mutation": 64.0})
    assert values([mutation], [sample])["mutation"] == Value(64.0, "mutation:pytest")
    before = Value(61.0, "mutation:pytest")
    assert values([mutation], [], mutation=before)["mutation"] == before
