"""What checks a project of Node: its own test run, ESLint and the compiler of TypeScript. Pure."""

import json
import re
import shlex
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from windlass.languages.lockfile import MODULES, lock_of, other_lock
from windlass.languages.model import SET, SHELL, WITH_MODULES, Suite

REPORTER: Final = "data:text/javascript," + quote(
    Path(__file__).with_name("reporter.mjs").read_text(encoding="utf-8"), safe=""
)
SCRIPTS: Final[Mapping[str, int]] = {
    **dict.fromkeys((
        "e2e", "test:e2e", "test-e2e", "integration", "test:integration", "test-integration", "cypress:run",
        "cy:run", "playwright", "playwright:test", "test:playwright",
    ), 2),
    **dict.fromkeys(("load", "test:load", "test-load", "test:chaos", "test:stress", "test:soak"), 3),
}  # fmt: skip
"""Names that projects give to scripts which are too long for each change, with the tier that runs them."""
_CALL: Final = re.compile(r"(?:npm|pnpm|yarn)(?: run)?(?: -s| --silent)? ([\w:-]+)")
_ALONE: Final = re.compile(
    r"(?:[A-Z_]+=[\w./:-]*\s+|(?:cross-env|npx)\s+)*(node(?=\s[^;&|]*--test\b)|jest|vitest|mocha)\b[^;&|]*"
)
"""A script that starts one runner of tests, and nothing before or after it."""
_REPORT: Final = "junit:{out}/report"
_REPORTING: Final = f"--test-reporter={REPORTER} --test-reporter-destination={{out}}/report"
_NODE_TEST: Final = re.compile(r"(^|[\s;&|])node\s[^;&|]*--test\b")
_RUNNER: Final = re.compile(r"(^|[\s;&|/])(jest|vitest|mocha)\b")
_RUNNERS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "jest": ("jest:{out}/report", ("--ci", "--json", "--outputFile={out}/report")),
    "vitest": ("jest:{out}/report", ("--run", "--reporter=json", "--outputFile={out}/report")),
    "mocha": ("junit:{out}/report", ("--reporter", "xunit", "--reporter-option", "output={out}/report")),
}  # fmt: skip
_PARTS: Final = re.compile(r"&&|\|\||[;|&]")
_SHELLED: Final = (";", "|", "\n", "#", "`", "$(", " & ")
"""What makes a script more than commands that are joined by `&&`."""
SCRIPT_MAX: Final = 10_000
"""Characters of a script in which a runner is looked for: to find none takes the square of them."""
_NO_TEST: Final = "no test specified"
"""What `npm init` writes where there are no tests."""
_NEEDS: Final = ("dependencies", "devDependencies", "optionalDependencies")
_FLAT: Final = re.compile(r"eslint\.config\.[cm]?[jt]s")
_OLD: Final = re.compile(r"\.eslintrc(\.(js|cjs|json|ya?ml))?")
_LINTS: Final = ("lint", "lint:js", "eslint")
_TYPES: Final = ("typecheck", "type-check", "check-types", "tsc")
"""Scripts by which projects run one tool; its words are taken from there where nothing else is in them."""
_PLAIN: Final = re.compile(r"[\w@./:=,*{}\"' -]+")
_LINT_DROPS: Final = frozenset({"--fix", "--quiet", "--cache", "--color", "--no-color"})
_BUILD: Final = re.compile(r"\"references\"\s*:\s*\[\s*\{")


def node_suites(files: Collection[str], texts: Mapping[str, str]) -> list[Suite]:
    """What to run on a project with a package.json at its top."""
    package, said, needs = _read(texts)
    found = [
        *_tests(said), *_lint(files, said, needs, package),
        *_types(files, said, needs, texts.get("tsconfig.json", "")),
    ]  # fmt: skip
    return _with_packages(found, files, needs)


def node_scripts(files: Collection[str], texts: Mapping[str, str], tier: int) -> list[Suite]:
    """The scripts of package.json that by their names are for a tier; one that only calls another of them is
    that one.
    """
    _, said, needs = _read(texts)
    named = [name for name in SCRIPTS if SCRIPTS[name] == tier and said.get(name)]
    own = [name for name in named if _calls(said[name]) not in named]
    return _with_packages([_script(name, said) for name in own], files, needs)


def _calls(script: str) -> str:
    found = _CALL.fullmatch(script.strip())
    return found[1] if found else ""


def _script(name: str, scripts: Mapping[str, str]) -> Suite:
    """Its exit code is the answer, or the report of a runner that it starts and nothing else."""
    check, argv, script = f"npm-{name.replace(':', '.')}", ("npm", "run", "--silent", name), scripts[name]
    runner = _ALONE.fullmatch(script.strip()) if len(script) <= SCRIPT_MAX else None
    if runner is None:
        return Suite(check, argv)
    if runner[1] == "node":
        return Suite(check, argv, _REPORT, env={"NODE_OPTIONS": _REPORTING})
    report, options = _RUNNERS[runner[1]]
    return Suite(check, (*argv, "--", *options), report)


def _read(texts: Mapping[str, str]) -> tuple[Mapping[str, Any], Mapping[str, str], Collection[str]]:
    """package.json, its scripts and the names of what it needs; all empty where it is not readable."""
    try:
        package = json.loads(texts.get("package.json", ""))
        scripts = package.get("scripts") or {}
        needs = {name for key in _NEEDS for name in package.get(key) or {}}
        said = {str(name): script for name, script in scripts.items() if isinstance(script, str)}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}, {}, ()
    return package, said, needs


def _with_packages(found: list[Suite], files: Collection[str], needs: Collection[str]) -> list[Suite]:
    if not needs or any(path.startswith(f"{MODULES}/") for path in files):
        return found
    problem = _unlocked(files)
    return [_needing(one, one.problem or problem) for one in found]


def _needing(suite: Suite, problem: str) -> Suite:
    return replace(suite, problem=problem, packages=True)


def _unlocked(files: Collection[str]) -> str:
    """Why packages cannot be installed, as far as the names of files tell."""
    if lock_of(files):
        return ""
    if tool := other_lock(files):
        return f"packages are not installed by the lock of {tool}: commit a package-lock.json too, or {SET}"
    return "package.json has dependencies and no lock: commit a package-lock.json (`npm install` writes it)"


def _tests(scripts: Mapping[str, str]) -> list[Suite]:
    script = scripts.get("test", "")
    if not script or _NO_TEST in script:
        return []
    if len(script) > SCRIPT_MAX:
        why = f"its test script is longer than {SCRIPT_MAX} characters: {SET}"
        return [Suite("node-test", ("npm", "test"), "junit:none", problem=why)]
    if _NODE_TEST.search(script):
        return [_node_test(script, plain=not {"pretest", "posttest"} & set(scripts))]
    runner = _RUNNER.search(script)
    if runner is None:
        why = f"its test script {script[:80]!r} leaves no report that is known: {SET}"
        return [Suite("node-test", ("npm", "test"), "junit:none", problem=why)]
    return [_asked(script, *_RUNNERS[runner[2]], plain=not {"pretest", "posttest"} & set(scripts))]


def _asked(script: str, report: str, options: tuple[str, ...], *, plain: bool) -> Suite:
    """A runner that is told where to leave its report. npm puts further words at the end of a script, so
    where something else stands there, as in `vitest run && tsc`, they go behind the runner itself.
    """
    *_, last = _PARTS.split(script)
    if _RUNNER.search(last):
        return Suite("node-test", ("npm", "test", "--silent", "--", *_behind(last, options)), report)
    parts = script.split("&&")
    at = next((i for i, part in enumerate(parts) if _RUNNER.search(part)), 0)
    if not plain or any(mark in script for mark in _SHELLED) or not _whole(parts[at]):
        why = f"its test script {script[:80]!r} cannot be asked for a report: {SET}"
        return Suite("node-test", ("npm", "test"), "junit:none", problem=why)
    parts[at] = f" {parts[at].strip()} {' '.join(_behind(parts[at], options))} "
    asked = "&&".join(parts).strip()
    return Suite("node-test", (*SHELL, f"{WITH_MODULES}{asked}"), report)


def _behind(part: str, options: tuple[str, ...]) -> tuple[str, ...]:
    """The options as one more script of npm hands them on."""
    return ("--", *options) if part.split()[:1] == ["npm"] and "--" not in part.split() else options


def _whole(part: str) -> bool:
    """Whether a part is one command: no quote begins in it that another part ends."""
    try:
        return bool(shlex.split(part))
    except ValueError:
        return False


def _node_test(script: str, *, plain: bool) -> Suite:
    """Node's own runner, with a reporter that tells the file of each test. Coverage has to be asked for on
    the command line, so it is where npm has nothing to run around the script.
    """
    if not plain:
        return Suite("node-test", ("npm", "test", "--silent"), _REPORT, env={"NODE_OPTIONS": _REPORTING})
    options = f"{_REPORTING} --test-reporter=lcov --test-reporter-destination={{out}}/lcov"
    measured = re.sub(r"(?<=\s)--test\b", "--experimental-test-coverage --test", script, count=1)
    alone = script.startswith("node ") and not _PARTS.search(script)
    asked = measured if alone else f"{WITH_MODULES}{measured}"
    return Suite("node-test", (*SHELL, asked), _REPORT, "lcov:{out}/lcov", {"NODE_OPTIONS": options})


def _lint(
    files: Collection[str], scripts: Mapping[str, str], needs: Collection[str], package: Mapping[str, Any]
) -> list[Suite]:
    """ESLint, where the project has it and configures it; warnings count where its own script refuses any."""
    if "eslint" not in needs or not _configured(files, package):
        return []
    words = _words(scripts, _LINTS, "eslint")
    strict = any(word.startswith("--max-warnings") for word in words)
    kept = [word for word in _without(words, ("-f", "--format", "-o", "--output-file", "--max-warnings"))
            if word not in _LINT_DROPS]  # fmt: skip
    eslint, report = (f"{MODULES}/.bin/eslint", *(kept or ["."])), "eslint-all" if strict else "eslint"
    argv = (*eslint, "--format", "json", "--output-file={out}/eslint")
    return [Suite("eslint", argv, f"{report}:{{out}}/eslint", repair=(*eslint, "--fix"))]


def _configured(files: Collection[str], package: Mapping[str, Any]) -> bool:
    """By a flat configuration; up to version 8 by the older kind, too, which newer ones do not read."""
    if any(_FLAT.fullmatch(path) for path in files):
        return True
    told = str((package.get("devDependencies") or package.get("dependencies") or {}).get("eslint", ""))
    version = re.match(r"\D*(\d+)", told)
    old = "eslintConfig" in package or any(_OLD.fullmatch(path) for path in files)
    return old and version is not None and int(version[1][:4]) < 9


def _types(
    files: Collection[str], scripts: Mapping[str, str], needs: Collection[str], config: str
) -> list[Suite]:
    """The compiler, which only tells: a project of several parts is asked for as a whole."""
    if "typescript" not in needs or "tsconfig.json" not in files:
        return []
    words = _words(scripts, _TYPES, "tsc")
    if not words:
        words = ["--build"] if _BUILD.search(config) else []
    kept = [word for word in _without(words, ("--pretty", "--noEmit")) if word not in ("-w", "--watch")]
    return [Suite("tsc", (f"{MODULES}/.bin/tsc", *kept, "--noEmit", "--pretty", "false"), "tsc")]


def _words(scripts: Mapping[str, str], names: Collection[str], tool: str) -> list[str]:
    """What a script gives to a tool, where it runs that tool alone."""
    for name in names:
        script = scripts.get(name, "")
        if not _PLAIN.fullmatch(script):
            continue
        try:
            words = shlex.split(script)
        except ValueError:
            continue
        if words and words[0] == tool:
            return words[1:]
    return []


def _without(words: Collection[str], options: Collection[str]) -> list[str]:
    """Words without some options and their values."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip and not word.startswith("-"):
            skip = False
            continue
        skip = word in options and word != "--noEmit"
        if not skip and word.partition("=")[0] not in options:
            kept.append(word)
    return kept
