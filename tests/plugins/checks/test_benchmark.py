"""Times that benchmarks tell of."""

import json
from collections.abc import Callable

import pytest

from windlass.kernel import Invalid
from windlass.plugins.checks.benchmark import last_time, parse_report
from windlass.verify import Outcome, Reading


@pytest.mark.parametrize(
    ("output", "seconds"),
    [
        (b"0.25\n", 0.25), (b"mean\n 12.5 ms\n\n", 0.0125), (b"3us", 3e-6), (b"2 s", 2.0), (b"1e-3", 0.001),
        (b"0", None), (b"-1", None), (b"1e999", None), (b"fast", None), (b"3 kg", None), (b"", None),
        (b"\xff\xfe", None),
    ],
)  # fmt: skip
def test_the_last_line_is_a_time(output: bytes, seconds: float | None) -> None:
    found = last_time(output)
    if seconds is None:
        assert isinstance(found, str)
        assert "no time above zero" in found
    else:
        assert found == {"seconds:": pytest.approx(seconds)}


def report(*benchmarks: dict[str, object]) -> bytes:
    return json.dumps({"benchmarks": benchmarks}).encode()


def stats(calls: int, iterations: int = 1) -> dict[str, object]:
    data = [n / 1000 for n in range(1, calls + 1)]
    return {"median": 0.05, "iterations": iterations, "rounds": calls, "data": data}


def test_single_calls_have_a_95th_percentile_and_means_or_few_have_none() -> None:
    found = parse_report(report(
        {"fullname": "a.py::one", "stats": stats(100)}, {"fullname": "a.py::mean", "stats": stats(100, 5)},
        {"fullname": "a.py::few", "stats": stats(99)},
    ))  # fmt: skip
    assert found == {
        "seconds:a.py::one": 0.05, "p95_ms:a.py::one": 95.0, "seconds:a.py::mean": 0.05,
        "seconds:a.py::few": 0.05,
    }  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"{}", b'{"benchmarks": []}', b'{"benchmarks": 3}', b"[" * 100_000, b"\xff",
        b'{"benchmarks": [{"fullname": "a", "stats": {"median": NaN}}]}',
        b'{"benchmarks": [{"fullname": "a", "stats": {"median": -1}}]}',
        b'{"benchmarks": [{"fullname": "a", "stats": {"median": "x"}}]}',
        report(*({"fullname": str(n), "stats": stats(1)} for n in range(101))),
    ],
)  # fmt: skip
def test_what_is_no_report_says_why(content: bytes) -> None:
    assert isinstance(parse_report(content), str)


def test_a_command_is_run_in_the_tree_and_its_report_comes_first(read: Callable[..., Reading]) -> None:
    write = 'cp report.json "$0/benchmark.json"; echo 7'
    files = {"report.json": report({"fullname": "a", "stats": stats(3)})}
    found = read("benchmark", files, table={"argv": ["sh", "-c", write, "{out}"]})
    assert (found.outcome, dict(found.metrics)) == (Outcome.PASSED, {"seconds:a": 0.05})


def test_what_fails_is_unknown_and_says_why(read: Callable[..., Reading]) -> None:
    found = read("benchmark", {"a": b""}, table={"argv": ["sh", "-c", "echo oh no; exit 3"]})
    assert found.outcome is Outcome.UNKNOWN
    assert "exit code 3" in found.detail
    assert "oh no" in found.detail
    with pytest.raises(Invalid, match="needs argv"):
        read("benchmark", {"a": b""})
