"""Events of `go test -json` as `go doc test2json` has them; Go itself need not be here."""

import json

import pytest

from windlass.languages.reports.gotest import parse_go
from windlass.languages.reports.model import BadReport
from windlass.languages.reports.placing import Places

PLACES = Places({"go.mod", "sum/sum_test.go"}, "/tree", "example.com/m")


def stream(*events: dict[str, object]) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def event(
    action: str, test: str = "", package: str = "example.com/m/sum", **more: object
) -> dict[str, object]:
    return {"Action": action, "Package": package, **({"Test": test} if test else {}), **more}


def test_every_test_is_a_case_of_its_folder_and_says_why() -> None:
    found = parse_go(
        stream(
            event("start"), event("run", "TestAdd"), event("output", "TestAdd", Output="=== RUN   TestAdd\n"),
            event("run", "TestAdd/two"), event("output", "TestAdd/two", Output="    sum_test.go:9: got 3\n"),
            event("fail", "TestAdd/two", Elapsed=0.1), event("fail", "TestAdd", Elapsed=0.2),
            event("run", "TestOff"), event("skip", "TestOff", Elapsed=0), event("fail", Elapsed=0.3),
            event("run", "TestTop", "example.com/m"), event("pass", "TestTop", "example.com/m", Elapsed=1),
            event("pass", "", "example.com/m"),
        ) + b"printed past the tool\n", PLACES,
    )  # fmt: skip
    assert found.cases == {
        "sum::TestAdd/two": "failed", "sum::TestAdd": "failed", "sum::TestOff": "skipped",
        ".::TestTop": "passed",
    }  # fmt: skip
    assert found.why["sum::TestAdd/two"] == "sum_test.go:9: got 3"


def test_what_was_not_built_or_never_ended_is_an_error() -> None:
    built = stream(
        {"ImportPath": "example.com/m/sum [example.com/m/sum.test]", "Action": "build-output",
         "Output": "sum/sum.go:3:1: syntax error\n"},
        {"ImportPath": "example.com/m/sum [example.com/m/sum.test]", "Action": "build-fail"},
        event("start"), event("output", Output="FAIL\texample.com/m/sum [build failed]\n"),
        event("fail", Elapsed=0, FailedBuild="example.com/m/sum [example.com/m/sum.test]"),
    )  # fmt: skip
    found = parse_go(built, PLACES)
    assert found.cases == {"sum": "error"}
    assert found.why == {"sum": "sum/sum.go:3:1: syntax error"}
    killed = stream(event("run", "TestHangs"), event("fail", Elapsed=1))
    assert parse_go(killed, PLACES).cases == {"sum::TestHangs": "error", "sum": "error"}


@pytest.mark.parametrize("text", [b"", b"ok", b"{}", b"[]", b"{" * 3000, b"\xff\xfe", b'{"a": 1}\n[1]'])
def test_anything_else_is_a_bad_report(text: bytes) -> None:
    with pytest.raises(BadReport):
        parse_go(text, PLACES)


def test_a_test_that_runs_twice_and_fails_once_has_failed() -> None:
    events = [
        {"Action": action, "Package": "example.com/m", "Test": "TestA"}
        for action in ("run", "fail", "run", "pass")
    ]
    output = b"\n".join(json.dumps(one).encode() for one in events)
    assert parse_go(output, Places((), "", "example.com/m")).cases == {".::TestA": "failed"}
