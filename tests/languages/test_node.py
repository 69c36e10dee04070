"""What is run on a project of Node, by its own package.json."""

import json
import time

import pytest

from windlass.languages.model import Suite
from windlass.languages.node import node_scripts, node_suites

LOCK = "package-lock.json"
HAS = {"devDependencies": {"eslint": "^9.1.0", "typescript": "^5"}}


def node(script: str | None, *files: str, config: str = "{}", **more: object) -> list[Suite]:
    package = {"scripts": {"test": script} if script is not None else {}, **more}
    texts = {"package.json": json.dumps(package), "tsconfig.json": config}
    return node_suites({"package.json", *files}, texts)


def test_node_s_own_runner_tells_the_file_of_each_test_and_the_lines() -> None:
    (found,) = node("node --test src/")
    assert found.argv == ("/bin/sh", "-c", "node --experimental-test-coverage --test src/")
    assert (found.report, found.coverage) == ("junit:{out}/report", "lcov:{out}/lcov")
    assert (found.program, found.told) == ("node", "node --experimental-test-coverage --test src/")
    assert found.env["NODE_OPTIONS"].startswith("--test-reporter=data:text/javascript,")
    (found,) = node(None, scripts={"test": "node --test", "pretest": "make"})
    assert (found.argv, found.coverage, found.packages) == (("npm", "test", "--silent"), "", False)


@pytest.mark.parametrize(
    ("script", "last"),
    [("jest", "--outputFile={out}/report"), ("vitest run", "--outputFile={out}/report"),
     ("NODE_ENV=test mocha test", "output={out}/report")],
)  # fmt: skip
def test_known_runners_are_asked_for_their_own_reports(script: str, last: str) -> None:
    (found,) = node(script)
    assert found.argv[:4] == ("npm", "test", "--silent", "--")
    assert found.argv[-1] == last


@pytest.mark.parametrize(
    ("script", "asked"),
    [("vitest run && npm run types",
      "vitest run --run --reporter=json --outputFile={out}/report && npm run types"),
     ("npm run jest && tsc", "npm run jest -- --ci --json --outputFile={out}/report && tsc"),
     ("node --test && tsc", "node --experimental-test-coverage --test && tsc")],
)  # fmt: skip
def test_a_runner_with_something_behind_it_is_asked_where_it_stands(script: str, asked: str) -> None:
    (found,) = node(script)
    assert found.argv == ("/bin/sh", "-c", f'PATH="$PWD/node_modules/.bin:$PATH"; {asked}')
    assert found.program == "node"
    assert found.told == asked.replace(" --outputFile={out}/report", "")


def test_a_runner_that_cannot_be_asked_says_so() -> None:
    for script in ("jest | cat", "jest & wait", "eslint 'a && jest' && tsc"):
        assert "cannot be asked for a report" in node(script)[0].problem
    around = node(None, scripts={"test": "jest && tsc", "posttest": "make"})
    assert "[[verify.test]]" in around[0].problem
    (last,) = node("npm run lint && npm run mocha")
    assert last.argv[:6] == ("npm", "test", "--silent", "--", "--", "--reporter")


def test_packages_come_by_a_lock_of_npm_or_are_committed() -> None:
    needs = {"devDependencies": {"jest": "^30"}}
    assert "package-lock.json" in node("jest", **needs)[0].problem
    assert "the lock of pnpm" in node("jest", "pnpm-lock.yaml", **needs)[0].problem
    assert "the lock of Yarn" in node("jest", "yarn.lock", **needs)[0].problem
    locked, committed = node("jest", LOCK, **needs)[0], node("jest", "node_modules/jest/x.js", **needs)[0]
    assert (locked.problem, locked.packages) == ("", True)
    assert (committed.problem, committed.packages) == ("", False)


def test_what_cannot_run_says_what_to_do_and_no_tests_are_none() -> None:
    assert "[[verify.test]]" in node("tape test/*.js")[0].problem
    assert node(None) == node('echo "Error: no test specified" && exit 1') == []
    broken = [node_suites({"package.json"}, {"package.json": text}) for text in ("{", "[]", "1", "")]
    assert broken == [[]] * 4
    assert node(None, scripts=["x"]) == node(None, dependencies=3) == []


@pytest.mark.parametrize(
    ("script", "words", "form"),
    [
        ("", (".",), "eslint"), ("eslint src 'test/**/*.js' --fix", ("src", "test/**/*.js"), "eslint"),
        ("eslint --format stylish -o out . --max-warnings 0", (".",), "eslint-all"),
        ("eslint --max-warnings=5 lib", ("lib",), "eslint-all"), ("eslint . && tsc", (".",), "eslint"),
        ("prettier --check .", (".",), "eslint"), ("eslint '", (".",), "eslint"),
    ],
)  # fmt: skip
def test_eslint_runs_with_the_words_of_its_script_and_leaves_a_report(
    script: str, words: tuple[str, ...], form: str
) -> None:
    (found,) = node(None, LOCK, "eslint.config.mjs", scripts={"lint": script}, **HAS)
    report = ("--format", "json", "--output-file={out}/eslint")
    assert found.argv == ("node_modules/.bin/eslint", *words, *report)
    assert (found.report, found.program, found.packages) == (f"{form}:{{out}}/eslint", "node", True)


def test_eslint_needs_a_configuration_that_its_version_reads() -> None:
    assert node(None, LOCK, **HAS) == node(None, LOCK, ".eslintrc.json", **HAS) == []
    (old,) = node(None, LOCK, ".eslintrc.json", devDependencies={"eslint": "~8.57.0"})
    assert old.name == "eslint"
    assert node(None, LOCK, "eslint.config.js", dependencies={"left-pad": "1"}) == []


@pytest.mark.parametrize(
    ("script", "config", "words"),
    [
        ("", "{}", ()), ("", '{"files": [], "references": [{"path": "a"}]}', ("--build",)),
        ("tsc -p tsconfig.check.json --noEmit --pretty", "{}", ("-p", "tsconfig.check.json")),
        ("tsc --watch", "{}", ()), ("tsc && vue-tsc", "{}", ()),
    ],
)  # fmt: skip
def test_the_compiler_of_typescript_only_tells(script: str, config: str, words: tuple[str, ...]) -> None:
    scripts = {"typecheck": script}
    (found,) = node(None, LOCK, "tsconfig.json", config=config, scripts=scripts, **HAS)
    assert found.argv == ("node_modules/.bin/tsc", *words, "--noEmit", "--pretty", "false")
    assert found.report == "tsc"


def test_scripts_that_are_called_so_are_for_the_night_or_the_week() -> None:
    def scripts(tier: int, **said: str) -> list[Suite]:
        return node_scripts({"package.json"}, {"package.json": json.dumps({"scripts": said})}, tier)

    said = {"e2e": "npm run test:e2e", "test:e2e": "playwright test", "test:load": "k6 run load.js", "x": "y"}
    (night,), (week,) = scripts(2, **said), scripts(3, **said)
    assert (night.name, night.argv, night.report) == (
        "npm-test.e2e", ("npm", "run", "--silent", "test:e2e"), "",
    )  # fmt: skip
    assert week.name == "npm-test.load"
    assert scripts(0, **said) == scripts(1, **said) == scripts(2, test="jest") == []
    (jest,) = scripts(2, e2e="NODE_ENV=test npx jest --config e2e.js")
    assert jest.report == "jest:{out}/report"
    assert jest.argv[:6] == ("npm", "run", "--silent", "e2e", "--", "--ci")
    (own,) = scripts(2, e2e="node --test e2e/")
    assert (own.report, own.coverage, own.argv[-1]) == ("junit:{out}/report", "", "e2e")
    for script in ("node e2e.js", "start-server-and-test start 3000 jest", "docker compose up -d && jest"):
        assert scripts(2, e2e=script)[0].report == ""


def test_scripts_need_packages_as_tests_do() -> None:
    package = {"scripts": {"e2e": "cypress run"}, "devDependencies": {"cypress": "^14"}}
    (found,) = node_scripts({"package.json"}, {"package.json": json.dumps(package)}, 2)
    assert "package-lock.json" in found.problem
    assert node_scripts({"package.json"}, {"package.json": "["}, 2) == []


def test_a_script_that_is_made_to_take_long_is_read_soon() -> None:
    began = time.monotonic()
    scripts = dict.fromkeys(("test", "e2e"), "node a " * 100_000)
    texts = {"package.json": json.dumps({"scripts": scripts})}
    (found,) = node_suites({"package.json"}, texts)
    assert "longer than" in found.problem
    assert [one.report for one in node_scripts({"package.json"}, texts, 2)] == [""]
    assert time.monotonic() - began < 2
