"""Which of a project's own pytest options are kept, and which files are tests. Pure."""

import configparser
import posixpath
import re
import shlex
import tomllib
from collections.abc import Mapping
from typing import Final

from windlass.kernel import read_toml

_TAKES_VALUE: Final = frozenset({
    "-n", "--numprocesses", "--dist", "--maxprocesses", "--tx", "--maxfail", "--junitxml", "--junit-xml",
    "--junit-prefix", "--cov-report", "--cov-config", "--cov-fail-under", "--cov-context", "--html",
    "--color", "--durations", "--durations-min", "--tb", "--rootdir", "--basetemp", "--report-log", "-r",
    "--verbosity", "--timeout", "--show-capture", "--log-file", "--benchmark-json", "--pastebin",
    "--random-order-seed", "--randomly-seed",
})  # fmt: skip
"""Left out together with the word that follows them."""
_DROPPED: Final = frozenset({
    *_TAKES_VALUE, "--cov", "-x", "--exitfirst", "--cov-append", "--no-cov-on-fail", "--cov-branch",
    "--no-cov",
    "--quiet", "--verbose", "--lf", "--last-failed", "--ff", "--failed-first", "--nf", "--new-first", "--sw",
    "--stepwise", "--pdb", "--cache-clear", "--cache-show", "--collect-only", "--co", "--showlocals",
    "--no-header", "--no-summary", "--self-contained-html", "--looponfail", "-f", "--setup-show",
    "--fixtures",
    "--version", "--help", "-h",
})  # fmt: skip
_SHORT: Final = re.compile(r"-[qvsxl]+|-r[A-Za-z]+|-n\w+")
_TEST: Final = re.compile(r"(test_.*|.*_test|tests?)\.py")


def looks_like_test(path: str) -> bool:
    """Python files that by their name hold tests."""
    return _TEST.fullmatch(posixpath.basename(path)) is not None


def names_pytest(texts: Mapping[str, str]) -> bool:
    """Whether the project's own files speak of pytest, so that no other runner may stand in for it."""
    return any(
        "pytest" in text for path, text in texts.items() if not path.endswith(".py") or path == "setup.py"
    )


def addopts(texts: Mapping[str, str]) -> list[str]:
    """The project's own options from the first file that pytest would read them from."""
    for name, section in (("pytest.ini", "pytest"), (".pytest.ini", "pytest")):
        if name in texts:
            return _ini_words(texts[name], section)
    document = _toml(texts.get("pyproject.toml", ""))
    tool = document.get("tool")
    table = tool.get("pytest") if isinstance(tool, dict) else None
    if isinstance(table, dict):
        options = table.get("ini_options", table)
        value = options.get("addopts", "") if isinstance(options, dict) else ""
        return [str(word) for word in value] if isinstance(value, list) else _split(str(value))
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        if words := _ini_words(texts.get(name, ""), section):
            return words
    return []


def kept_options(texts: Mapping[str, str]) -> str:
    """The project's options without those about coverage, parallel runs, output and stopping early, quoted
    again.
    """
    kept: list[str] = []
    words = addopts(texts)
    skip = False
    for word, following in zip(words, [*words, "-"][1:], strict=True):
        name = word.split("=", 1)[0]
        if skip:
            skip = False
        elif name in _DROPPED or _SHORT.fullmatch(word):
            skip = word in _TAKES_VALUE and not following.startswith("-")
        elif word == "-p" and following.startswith(("no:cacheprovider", "xdist", "pytest_cov")):
            skip = True
        else:
            kept.append(word)
    return shlex.join(kept)


def measures_coverage(texts: Mapping[str, str], packages: Mapping[str, str]) -> bool:
    """Whether the project configures coverage and pytest-cov is installed to measure it."""
    if "pytest-cov" not in packages:
        return False
    named = "[tool.coverage" in texts.get("pyproject.toml", "") or "[coverage:" in texts.get("setup.cfg", "")
    return named or ".coveragerc" in texts or any(word.startswith("--cov") for word in addopts(texts))


def _ini_words(text: str, section: str) -> list[str]:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []
    return _split(parser[section].get("addopts", "")) if parser.has_section(section) else []


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _toml(text: str) -> dict[str, object]:
    try:
        return read_toml(text)
    except tomllib.TOMLDecodeError:
        return {}
