"""Commands for real."""

import json
import os
from collections.abc import Callable, Mapping

import pytest

from windlass.kernel import Invalid
from windlass.languages import languages_of, scripts_of, suites_of, toolchain_of
from windlass.plugins.checks.command import no_test
from windlass.verify import Outcome, Reading
from windlass.verify.model import OUTSIDE


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["sh", "-c", "test -f a.py"], Outcome.PASSED), (["sh", "-c", "exit 3"], Outcome.FAILED),
        (["no-such-program"], Outcome.UNKNOWN), (["sh", "-c", "kill -9 $$"], Outcome.FAILED),
        (["pytest", "--version"], Outcome.PASSED), (["sh", "-c", "echo x > a.py"], Outcome.PASSED),
    ],
)  # fmt: skip
def test_the_exit_code_is_the_answer(
    read: Callable[..., Reading], argv: list[str], expected: Outcome
) -> None:
    assert read("command", {"a.py": b""}, table={"argv": argv}).outcome is expected


@pytest.mark.parametrize(
    "said",
    [
        "collected 0 items\n\n===== no tests ran in 0.01s =====", "\nRan 0 tests in 0.000s\n\nOK",
        "?   \texample.org/a\t[no test files]\n", "ok  \texample.org/a\t0.002s [no tests to run]",
        "No tests found, exiting with code 0", "No test files found, exiting with code 0",
        "  0 passing (1ms)", "running 0 tests\n\ntest result: ok. 0 passed; 0 failed; 0 ignored",
        "Tests run: 0, Failures: 0", "> Task :test NO-SOURCE\nBUILD SUCCESSFUL", "0 examples, 0 failures",
        "TAP version 13\n# tests 0\n# pass 0", "No tests were found!!!",
    ],
)
def test_who_says_that_no_test_ran_is_taken_at_their_word(said: str) -> None:
    assert no_test(f"{said}\n")


@pytest.mark.parametrize(
    "said",
    [
        "", "compiled", "===== 3 passed, 1 skipped in 0.01s =====", "Ran 12 tests in 0.1s",
        "?   \ta\t[no test files]\nok  \tb\t0.012s", "?   \ta\t[no test files]\nok  \tb\t(cached)",
        "running 3 tests\ntest result: ok. 3 passed\nrunning 0 tests\ntest result: ok. 0 passed",
        "> Task :a:test NO-SOURCE\n> Task :b:test\n", "# tests 4\n# pass 4", "Tests run: 3, Failures: 0",
        "no tests ran in 0.01s\n5 passed in 0.10s", "100% tests passed, 0 tests failed out of 4",
    ],
)
def test_where_some_ran_or_nobody_speaks_of_tests_the_exit_code_is_the_answer(said: str) -> None:
    assert no_test(f"{said}\n") == ""


def test_a_good_exit_code_without_a_test_is_unknown(read: Callable[..., Reading]) -> None:
    argv = ["python3", "-c", "print('Ran 0 tests in 0.000s')"]
    found = read("command", {"a.py": b""}, table={"argv": argv})
    assert found.outcome is Outcome.UNKNOWN
    assert "ended with exit code 0, but ran no test: 'Ran 0 tests in 0.000s'" in found.detail


def test_a_command_needs_words(read: Callable[..., Reading]) -> None:
    with pytest.raises(Invalid, match="needs argv"):
        read("command", {"a.py": b""})


JUNIT = '<testsuites><testcase file="a.py" name="{}"/></testsuites>'


@pytest.mark.parametrize(
    ("script", "report", "expected", "case"),
    [
        ("mkdir t && echo '{}' > t/TEST-a.xml", "junit:**/TEST-*.xml", Outcome.PASSED, "a.py::t"),
        ("echo '{}' > $WINDLASS_OUT/r", "junit:{out}/r", Outcome.PASSED, "a.py::t"),
        ("true", "junit:{out}/r", Outcome.UNKNOWN, ""), ("exit 3", "cargo", Outcome.UNKNOWN, ""),
        ("echo '<testsuites/>' > r", "junit:r", Outcome.UNKNOWN, ""),
        ("echo 'a.py(1,1): error TS1: no'; exit 2", "tsc", Outcome.FAILED, ""),
        ("echo a.py", "files", Outcome.FAILED, ""), ("echo other.py", "files", Outcome.PASSED, ""),
    ],
)  # fmt: skip
def test_a_report_is_the_answer_where_one_is_named(
    read: Callable[..., Reading], script: str, report: str, expected: Outcome, case: str
) -> None:
    argv = ["sh", "-c", script.replace("{}", JUNIT.format("t"))]
    found = read("command", {"a.py": b""}, table={"argv": argv, "report": report})
    assert found.outcome is expected, found.detail
    assert list(found.cases) == ([case] if case else [])


def test_a_problem_that_is_known_before_starts_nothing(read: Callable[..., Reading]) -> None:
    found = read("command", {"a.py": b""}, table={"argv": ["true"], "problem": "no node_modules"})
    assert (found.outcome, found.detail, found.metrics) == (Outcome.UNKNOWN, "no node_modules", {})
    table = {"argv": ["true"], "problem": "no registry", "outside": True}
    assert read("command", {"a.py": b""}, table=table).metrics == {OUTSIDE: 1.0}


def test_a_report_without_a_form_is_refused(read: Callable[..., Reading]) -> None:
    with pytest.raises(Invalid, match="names no report"):
        read("command", {"a.py": b""}, table={"argv": ["true"], "report": "xunit"})


NODE = {
    "package.json": json.dumps({"type": "module", "scripts": {"test": "node --test"}}).encode(),
    "src/add.js": b"export const add = (a, b) => a + b;\n",
    "test/add.test.js": (
        b'import test from "node:test";\nimport assert from "node:assert";\n'
        b'import { add } from "../src/add.js";\ntest("adds", () => assert.strictEqual(add(1, 2), 3));\n'
    ),
}  # fmt: skip
RUST = {
    "Cargo.toml": b'[package]\nname = "demo"\nversion = "0.1.0"\nedition = "2021"\n[lib]\ndoctest = false\n',
    "src/lib.rs": (
        b"pub fn add(a: i32, b: i32) -> i32 {\n    a + b\n}\n#[test]\nfn adds() {\n"
        b"    assert_eq!(add(1, 2), 3);\n}\n"
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("program", "files", "name", "case", "coverage"),
    [
        ("node", NODE, "node-test", "test/add.test.js::adds", 100.0),
        ("cargo", RUST, "cargo-test", "src/lib.rs::adds", None),
    ],
    ids=["node", "rust"],
)
def test_a_project_of_another_language_passes_fails_and_is_unknown_without_tests(
    read: Callable[..., Reading], program: str, files: Mapping[str, bytes], name: str, case: str,
    coverage: float | None,
) -> None:  # fmt: skip
    tools = toolchain_of(languages_of(files), os.environ)
    if program not in tools.programs:
        pytest.skip(f"{program} is not installed")
    texts = {path: content.decode() for path, content in files.items()}
    suite = next(one for one in suites_of(files, texts, tools.programs) if one.name == name)
    good = read("command", files, table=suite.table)
    assert (good.outcome, good.cases) == (Outcome.PASSED, {case: "passed"}), good.detail
    assert good.metrics.get("coverage") == coverage
    bad = read("command", {path: text.replace(b"a + b", b"a - b") for path, text in files.items()},
               table=suite.table)  # fmt: skip
    assert (bad.outcome, bad.cases) == (Outcome.FAILED, {case: "failed"})
    assert bad.why[case]
    bare = {path: text.partition(b"#[test]")[0] for path, text in files.items() if "test/" not in path}
    none = read("command", bare, table=suite.table)
    assert none.outcome is Outcome.UNKNOWN
    assert "ended with exit code 0 and ran no tests" in none.detail


@pytest.mark.parametrize(("code", "expected"), [(0, Outcome.PASSED), (3, Outcome.FAILED)])
def test_a_script_of_node_that_is_for_the_night_is_run_by_npm(
    read: Callable[..., Reading], code: int, expected: Outcome
) -> None:
    files = {
        "package.json": json.dumps({"scripts": {"test:e2e": f"node -e 'process.exit({code})'"}}).encode()
    }
    if "npm" not in toolchain_of(languages_of(files), os.environ).programs:
        pytest.skip("npm is not installed")
    (suite,) = scripts_of(files, {"package.json": files["package.json"].decode()}, 2)
    assert read("command", files, table=suite.table).outcome is expected
