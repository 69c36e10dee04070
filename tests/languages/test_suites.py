"""What is run in projects of other languages."""

import json

import pytest

from windlass.languages.suites import Suite, languages_of, suites_of

ALL = ("npm", "cargo", "cargo-fmt", "cargo-clippy", "go", "mvn")


def node(script: str | None, **more: object) -> tuple[Suite, ...]:
    package = {"scripts": {"test": script} if script is not None else {}, **more}
    return suites_of({"package.json"}, {"package.json": json.dumps(package)}, ALL)


def test_node_s_own_runner_tells_the_file_of_each_test_and_the_lines() -> None:
    (found,) = node("node --test src/")
    assert found.argv == ("/bin/sh", "-c", "node --experimental-test-coverage --test src/")
    assert (found.report, found.coverage) == ("junit:{out}/report", "lcov:{out}/lcov")
    assert (found.program, found.told) == ("node", "node --experimental-test-coverage --test src/")
    assert found.env["NODE_OPTIONS"].startswith("--test-reporter=data:text/javascript,")
    around = {"scripts": {"test": "node --test", "pretest": "make"}}
    (found,) = suites_of({"package.json"}, {"package.json": json.dumps(around)}, ALL)
    assert (found.argv, found.coverage) == (("npm", "test", "--silent"), "")


@pytest.mark.parametrize(
    ("script", "last"),
    [("jest", "--outputFile={out}/report"), ("vitest run", "--outputFile={out}/report"),
     ("NODE_ENV=test mocha test", "output={out}/report")],
)  # fmt: skip
def test_known_runners_are_asked_for_their_own_reports(script: str, last: str) -> None:
    (found,) = node(script)
    assert found.argv[:4] == ("npm", "test", "--silent", "--")
    assert found.argv[-1] == last


def test_what_cannot_run_says_what_to_do_and_no_tests_are_none() -> None:
    assert "no node_modules" in node("jest", devDependencies={"jest": "^30"})[0].problem
    assert "[[verify.test]]" in node("tape test/*.js")[0].problem
    assert node(None) == node('echo "Error: no test specified" && exit 1') == ()
    broken = [suites_of({"package.json"}, {"package.json": text}, ALL) for text in ("{", "[]", "1", "")]
    assert broken == [()] * 4


def test_rust_and_go_and_java_are_checked_by_their_own_tools() -> None:
    rust = suites_of({"Cargo.toml", "Cargo.lock"}, {"Cargo.toml": "[package]\n[workspace]\n"}, ALL)
    assert [one.name for one in rust] == ["cargo-fmt", "cargo-clippy", "cargo-test"]
    assert rust[2].argv == ("cargo", "test", "--no-fail-fast", "--workspace", "--locked")
    assert [one.name for one in suites_of({"Cargo.toml"}, {}, ())] == ["cargo-test"]
    go = suites_of({"go.mod", "a_test.go"}, {}, ALL)
    assert [(one.name, one.report, one.coverage) for one in go] == [
        ("go-vet", "", ""), ("go-test", "go", "go:{out}/cover.out"),
    ]  # fmt: skip
    assert [one.name for one in suites_of({"go.mod"}, {}, ALL)] == ["go-vet"]
    assert suites_of({"pom.xml"}, {}, ALL)[0].argv[:2] == ("mvn", "-o")
    assert suites_of({"build.gradle.kts"}, {}, ALL)[0].name == "gradle-test"


def test_beside_python_and_below_the_top_nothing_is_guessed() -> None:
    assert suites_of({"pyproject.toml", "Cargo.toml"}, {}, ALL) == ()
    assert languages_of({"docs/package.json", "src/go.mod"}) == ()
    assert languages_of({"go.mod", "package.json"}) == ("node", "go")
