"""Findings of linters and type checkers, by file and rule."""

import json

import pytest

from windlass.languages.reports.findings import parse_clippy, parse_eslint, parse_tsc
from windlass.languages.reports.model import BadReport
from windlass.languages.reports.placing import Places

PLACES = Places({"src/a.js", "src/a.ts", "src/lib.rs"}, "/tree")
COPY = "/tmp/windlass-0123456789abcdef/checkout"


def eslint(*messages: dict[str, object], path: str = f"{COPY}/src/a.js") -> bytes:
    return json.dumps([{"filePath": path, "messages": list(messages)}]).encode()


def test_errors_of_eslint_count_by_file_and_rule_and_warnings_where_they_do() -> None:
    error = {"severity": 2, "ruleId": "no-undef", "line": 3, "message": "x is not defined"}
    warning = {"severity": 1, "ruleId": "prefer-const", "line": 4, "message": "y"}
    fatal = {"severity": 2, "ruleId": None, "fatal": True, "message": "Unexpected token"}
    report = eslint(error, error, warning, fatal)
    found = parse_eslint(report, PLACES, warnings=False)
    assert found.counts == {"src/a.js|invalid-syntax": 1, "src/a.js|no-undef": 2}
    assert found.said[0] == "src/a.js:3: no-undef: x is not defined"
    assert ("src/a.js|no-undef", 3, "x is not defined") in found.places
    assert parse_eslint(report, PLACES, warnings=True).counts["src/a.js|prefer-const"] == 1
    assert parse_eslint(eslint(error, path="/elsewhere.js"), PLACES, warnings=False).counts == {
        "elsewhere|no-undef": 1
    }


@pytest.mark.parametrize("text", [b"", b"{}x", b'[{"filePath": 1}]', b"[1]", b"[" * 100_000])
def test_a_broken_report_of_eslint_is_none(text: bytes) -> None:
    with pytest.raises(BadReport):
        parse_eslint(text, PLACES, warnings=False)


def test_errors_of_the_compiler_count_by_file_and_code() -> None:
    printed = (
        b"src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.\n"
        b"  Types of property 'x' are incompatible.\n"
        b"\x1b[31msrc/a.ts(4,7): error TS6133: 'y' is declared but its value is never read.\x1b[0m\n"
        b"../env/node_modules/b/index.d.ts(1,1): error TS1005: ';' expected.\n"
        b"error TS2688: Cannot find type definition file for 'node'.\n"
    )
    found = parse_tsc(printed, PLACES)
    assert found.counts == {
        "elsewhere|TS1005": 1, "src/a.ts|TS2322": 1, "src/a.ts|TS6133": 1, "tsconfig.json|TS2688": 1,
    }  # fmt: skip
    assert found.broken == ""


@pytest.mark.parametrize(
    "line", [b"error TS18003: No inputs were found", b"tsconfig.json(2,3): error TS5023: Unknown option 'x'."]
)
def test_a_compiler_that_does_not_understand_its_settings_has_looked_at_nothing(line: bytes) -> None:
    assert parse_tsc(line, PLACES).broken


def clippy(code: str | None, *, line: int = 2, level: str = "warning", path: str = "src/lib.rs") -> bytes:
    spans = [{"is_primary": True, "file_name": path, "line_start": line}]
    message = {"level": level, "code": {"code": code} if code else None, "spans": spans, "message": "m"}
    return json.dumps({"reason": "compiler-message", "message": message}).encode() + b"\n"


def test_what_clippy_tells_of_a_library_and_of_its_tests_counts_once() -> None:
    others = b'   Compiling calc\n{"reason": "build-finished", "success": true}\n'
    printed = clippy("clippy::len_zero") * 2 + clippy("clippy::len_zero", line=9) + others
    found = parse_clippy(printed + clippy(None, level="error") + clippy("x", level="note"), PLACES)
    assert found.counts == {"src/lib.rs|clippy::len_zero": 2, "src/lib.rs|error": 1}
    with pytest.raises(BadReport):
        parse_clippy(b'{"reason": "compiler-message"}', PLACES)


def test_a_build_that_fails_for_nothing_that_is_told_has_not_looked_at_everything() -> None:
    over = b'{"reason": "build-finished", "success": false}\n'
    assert parse_clippy(clippy("x") + over, PLACES).broken
    assert not parse_clippy(clippy("E0308", level="error") + over, PLACES).broken


def test_an_error_in_a_folder_with_brackets_counts() -> None:
    places = Places({"app/(shop)/page.tsx", "app/[id]/(a)(b).ts"}, "/tree")
    printed = (
        b"app/(shop)/page.tsx(3,5): error TS2322: Type 'x(1,2): error TS1: y' is not assignable.\n"
        b"app/[id]/(a)(b).ts(7,1): error TS2304: Cannot find name 'z'.\n"
    )
    found = parse_tsc(printed, places)
    assert found.counts == {"app/(shop)/page.tsx|TS2322": 1, "app/[id]/(a)(b).ts|TS2304": 1}
    assert parse_tsc(b"(" * 200_000, places).counts == {}
