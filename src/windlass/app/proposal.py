"""Turn what was detected into a short windlass.toml: only what was found, at most 20 lines. Pure."""

import tomlkit

from windlass import languages
from windlass.app.detect import JUDGED, Detected, Tool

LINES_MAX = 20
UNCHOSEN = "ruff check --isolated --select E4,E7,E9,F ."


def fast_commands(detected: Detected) -> tuple[str, ...]:
    """Tier 0: what windlass runs by itself of the project's own linters, formatters and type checkers, and
    ruff's own choice of rules where the project has chosen none.
    """
    python = [_command(tool, detected) for tool in detected.tools if tool.config and tool.name in JUDGED]
    if detected.python and "ruff check ." not in python:
        python.insert(0, UNCHOSEN)
    return (*python, *(one.told for one in _ready(detected) if not _tests(one)))


def pr_commands(detected: Detected) -> tuple[str, ...]:
    """Tier 1: the whole test suite by the project's runner; nothing when it has no tests."""
    others = tuple(one.told for one in _ready(detected) if _tests(one))
    runner = detected.test_runner
    if runner is None:
        return others
    if runner.name == "pytest":
        return ("python -m pytest", *others)
    return (*(f"python -m unittest discover -s {folder} -t ." for folder in detected.test_dirs), *others)


def _ready(detected: Detected) -> tuple[languages.Suite, ...]:
    return tuple(one for one in detected.suites if not one.problem)


def _tests(suite: languages.Suite) -> bool:
    """Whether it runs tests; what else there is belongs to tier 0."""
    return bool(suite.report) and suite.report.partition(":")[0] not in languages.reports.ROLES


def _command(tool: Tool, detected: Detected) -> str:
    code = " ".join([*(detected.packages or detected.source_roots)][:3]) or "."
    # mypy without a configured set of files needs to be told what to check.
    return {
        "ruff": "ruff check .", "ruff format": "ruff format --check .", "mypy": f"mypy {code}",
        "pyright": "pyright",
    }[tool.name]  # fmt: skip


def proposal(detected: Detected, *, name: str, main: str, remote: str = "") -> str:
    """The text of a windlass.toml for this project; every other setting keeps its default."""
    document = tomlkit.document()
    document.add(
        tomlkit.comment("What windlass may do here. `windlass config show --origin` lists every setting.")
    )
    project = tomlkit.table()
    project["name"] = detected.name or name
    project["main"] = main
    document["project"] = project
    autonomy = tomlkit.table()
    level = tomlkit.item("propose")
    level.comment("watch | propose | merge-on-green | unattended")
    autonomy["level"] = level
    document["autonomy"] = autonomy
    if remote:
        forge = tomlkit.table()
        forge["remote"] = remote
        document["forge"] = forge
    commands = (("fast", fast_commands(detected)), ("pr", pr_commands(detected)))
    if any(found for _, found in commands):
        document.add(tomlkit.nl())
        document.add(tomlkit.comment("Detected, and judged against the base test by test:"))
        for key, found in commands:
            if found:
                document.add(tomlkit.comment(f"  {key}: {', '.join(found)}"))
        own = "Own commands in [verify] replace these, those in [[verify.test]] test by test."
        document.add(tomlkit.comment(own))
    if told := _unchecked(detected):
        document.add(tomlkit.nl())
        for line in told:
            document.add(tomlkit.comment(line))
    return tomlkit.dumps(document)


def _unchecked(detected: Detected) -> list[str]:
    """What is there and not checked, and what one can do about it."""
    problems = dict.fromkeys(one.problem for one in detected.suites if one.problem)
    names = {why: ", ".join(one.name for one in detected.suites if one.problem == why) for why in problems}
    unfit = [f"{names[why]} cannot run yet: {why}." for why in problems]
    if left := [tool.name for tool in detected.tools if tool.name not in JUDGED]:
        unfit.append(f"Used by the project, and not run: {', '.join(left)}. Commands in [verify] fast are.")
    if not (pr_commands(detected) or fast_commands(detected)):
        unfit.append("Nothing was found that can judge a change: name tests in [[verify.test]].")
    if detected.unchecked:
        named = ", ".join(f"{other.language} ({other.manifest})" for other in detected.unchecked)
        unfit.append(f"Found but not checked: {named}. Its commands and reports go into [[verify.test]].")
    for path in detected.contracts[:1]:
        key = "asyncapi" if "asyncapi" in path else "openapi"
        unfit += [
            f"{path} describes a service. To have it started and held against that:",
            "  [[verify.service]]", '  name = "api"', '  command = "how it is started, with {port}"',
            f'  {key} = "{path}"',
        ]  # fmt: skip
    return unfit
