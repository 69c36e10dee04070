"""Turn what was detected into a short windlass.toml: only what was found, at most 20 lines. Pure."""

import tomlkit

from windlass.app.detect import Detected, Tool

LINES_MAX = 20


def fast_commands(detected: Detected) -> tuple[str, ...]:
    """Tier 0: the project's own linters, formatters and type checkers, only those it configures itself."""
    found = []
    for tool in (*detected.linters, *detected.formatters, *detected.type_checkers):
        if tool.config:
            found.append(_command(tool, detected))
    return tuple(found)


def pr_commands(detected: Detected) -> tuple[str, ...]:
    """Tier 1: the whole test suite by the project's runner; nothing when it has no tests."""
    runner = detected.test_runner
    if runner is None:
        return ()
    if runner.name == "pytest":
        return ("python -m pytest",)
    return tuple(f"python -m unittest discover -s {folder} -t ." for folder in detected.test_dirs)


def _command(tool: Tool, detected: Detected) -> str:
    code = " ".join([*(detected.packages or detected.source_roots)][:3]) or "."
    # mypy without a configured set of files needs to be told what to check.
    return {
        "ruff": "ruff check .",
        "flake8": "flake8",
        "pylint": f"pylint {code}",
        "ruff format": "ruff format --check .",
        "black": "black --check .",
        "isort": "isort --check-only .",
        "mypy": f"mypy {code}",
        "pyright": "pyright",
    }[tool.name]


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
    ready = tuple(one.told for one in detected.suites if not one.problem)
    commands = (("fast", fast_commands(detected)), ("pr", (*pr_commands(detected), *ready)))
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
    unfit = [f"{one.name} cannot run yet: {one.problem}." for one in detected.suites if one.problem]
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
