"""What jest and vitest write as JSON."""

import json

import pytest

from windlass.languages.reports.jest import parse_jest
from windlass.languages.reports.model import BadReport
from windlass.languages.reports.placing import Places

PLACES = Places({"test/a.test.js", "test/b.test.js"}, "/tree")


def suite(name: str, *cases: object, status: str = "passed", message: str = "") -> dict[str, object]:
    return {"name": name, "status": status, "message": message, "assertionResults": list(cases)}


def case(title: str, status: str, *above: str, **more: object) -> dict[str, object]:
    return {"title": title, "status": status, "ancestorTitles": list(above), **more}


def test_every_assertion_is_a_case_of_its_file() -> None:
    report = {"testResults": [
        suite("/tree/test/a.test.js", case("adds", "passed", "sum", "deep", duration=250),
              case("bad", "failed", failureMessages=["\nError: no\n  at x"]), case("off", "pending"),
              case("odd", "unheard"), status="failed"),
        suite("/tree/test/b.test.js", status="failed", message="\n  ● cannot load"),
    ]}  # fmt: skip
    found = parse_jest([json.dumps(report).encode()], PLACES)
    assert found.cases == {
        "test/a.test.js::sum::deep::adds": "passed", "test/a.test.js::bad": "failed",
        "test/a.test.js::off": "skipped", "test/a.test.js::odd": "error", "test/b.test.js": "error",
    }  # fmt: skip
    assert found.why["test/a.test.js::bad"] == "Error: no"
    assert found.why["test/b.test.js"] == "● cannot load"
    assert found.spent == {"test/a.test.js": 0.25}


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "null", '{"testResults": 3}', '{"testResults": [{}]}', "[" * 9000,
             '{"testResults": [{"assertionResults": "x"}]}'],
)  # fmt: skip
def test_anything_else_is_a_bad_report(text: str) -> None:
    with pytest.raises(BadReport):
        parse_jest([text.encode()], PLACES)
