"""What ruff says about the Python files, by the project's own configuration, in the sandbox.

ruff's JSON is read, not its SARIF: measured on 0.17, SARIF lists unsafe fixes like safe ones. A project
without a ruff configuration is checked with the few rules of `DEFAULT_RULES`, of which each names a plain
mistake. Formatting is looked at only where the project asks ruff to format.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from windlass.backlog import Hit, Report, View, rule_group
from windlass.kernel import Ran, Tools, Unavailable, read_toml

DEFAULT_RULES: Final = "F401,F541,F632,F811,F841,E711,E712,E713,E714,W291,W292,W293"
"""Unused and repeated names, comparisons that mislead, white space at line ends. No matters of taste: a
project that never chose an order of imports is not told one."""

BATCH_FILES: Final = 200
"""Files per call once the whole tree's findings were too much for one output."""

FILE_MAX: Final = 2_000_000
CONFIG_MAX: Final = 1_000_000
MESSAGE_MAX: Final = 500
_CONFIGS: Final = ("ruff.toml", ".ruff.toml", "pyproject.toml", ".pre-commit-config.yaml")
_PYTHON: Final = (".py", ".pyi", ".ipynb")
_FILE_MODES: Final = ("100644", "100755")
_UNREADABLE: Final = frozenset({"E902"})
_ALWAYS: Final = ("--extend-select", "E902")
"""Without this rule ruff passes over files it cannot read in silence."""

_TEST: Final = re.compile(r"(.*/)?(tests?/.*|test_[^/]*|[^/]*_test|tests|conftest)\.py")
_BROKEN: Final = frozenset({"invalid-syntax", "E999"})
_ERRORS: Final = ("F5", "F6", "F7", "F82", "E9", "PLE")
_WARNINGS: Final = ("F", "B", "E7", "PL", "RUF", "ASYNC", "DTZ")


@dataclass(frozen=True)
class Settings:
    """`program`: the ruff inside the sandbox. `rules`: for projects without a configuration of their own."""

    program: str = "ruff"
    rules: str = DEFAULT_RULES
    timeout_s: float = 300.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What the project's files ask of ruff. `hooked`: to format by a pre-commit hook alone, which is given
    nothing but Python.
    """

    lint: bool
    format: bool
    hooked: bool = False


class Ruff:
    """The source. `version` has the rules in it: other rules, another look."""

    name = "ruff"

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.version = f"ruff/1 {settings.rules}"

    def scan(self, view: View) -> Report:
        # ruff follows links, to wherever they lead; what it says of them is about another file.
        tracked = {path: entry for path, entry in view.files().items() if entry.mode in _FILE_MODES}
        if not any(path.endswith(_PYTHON) for path in tracked):
            return Report((), 1.0, frozenset(view.files()))
        asked = parse_asked(self._configs(view))
        own = [] if asked.lint or asked.format else ["--isolated", "--select", self._settings.rules]
        root = self._said(view, ["pwd", "-P"], "pwd").strip()
        listing = self._said(view, [self._settings.program, "check", "--show-files", *own, "."], "show files")
        shown = {path for line in listing.splitlines() if (path := _inside(root, line)) in tracked}
        found = self._all(view, ["check", *own, *_ALWAYS], sorted(shown))
        if asked.format:
            told = self._all(view, ["format", "--check"], sorted(shown))
            kinds = _PYTHON if asked.hooked else ("",)
            found += [f for f in told if _formatting(f) and str(f["filename"]).endswith(kinds)]
        placed = [(path, f) for f in found if (path := _inside(root, str(f["filename"]))) in tracked]
        unread = {path for path, f in placed if f["code"] in _UNREADABLE}
        lines = _lines(view, {path for path, _ in placed} - unread)
        hits = tuple(parse_hit(f, path, lines.get(path, ())) for path, f in placed if path not in unread)
        # Deleted files and those outside ruff's view keep nothing open; unreadable ones keep everything.
        looked = frozenset(view.files()) - unread
        return Report(hits, 1.0 - len(unread) / len(shown) if shown else 1.0, looked)

    def _configs(self, view: View) -> dict[str, bytes]:
        tracked = view.files()
        oids = {tracked[name].oid: name for name in _CONFIGS if name in tracked}
        return {oids[oid]: content or b"" for oid, content in view.blobs(list(oids), CONFIG_MAX)}

    def _all(self, view: View, args: Sequence[str], files: Sequence[str]) -> list[Mapping[str, Any]]:
        """Everything ruff reports, in one call if its output fits, else in batches of files."""
        whole = self._call(view, args, ["."])
        if not whole.truncated:
            return parse_output(whole)
        found: list[Mapping[str, Any]] = []
        for start in range(0, len(files), BATCH_FILES):
            ran = self._call(view, args, ["--force-exclude", "--", *files[start : start + BATCH_FILES]])
            if ran.truncated:
                raise Unavailable("ruff printed more than can be read", hint="narrow its rules")
            found += parse_output(ran)
        return found

    def _call(self, view: View, args: Sequence[str], files: Sequence[str]) -> Ran:
        argv = [self._settings.program, *args, "--no-cache", "--output-format", "json", *files]
        return view.tool_run(argv, timeout_s=self._settings.timeout_s)

    def _said(self, view: View, argv: Sequence[str], what: str) -> str:
        ran = view.tool_run(argv, timeout_s=self._settings.timeout_s)
        if ran.truncated:
            raise Unavailable(f"ruff printed more than can be read ({what})", hint="exclude some files")
        if ran.exit_code != 0:
            raise Unavailable(f"ruff could not start ({what}): {_why(ran)}")
        return ran.stdout.decode("utf-8", "surrogateescape")


def parse_asked(configs: Mapping[str, bytes]) -> Asked:
    """Read which of ruff's two jobs the project configured; a file that is no TOML is ruff's to complain
    about."""
    lint = form = False
    for name in ("ruff.toml", ".ruff.toml"):
        if name in configs:
            lint = True
            form = form or "format" in _toml(configs[name])
    tool = _toml(configs.get("pyproject.toml", b"")).get("tool")
    table = tool.get("ruff") if isinstance(tool, dict) else None
    if isinstance(table, dict):
        lint = True
        form = form or "format" in table
    hook = b"ruff-format" in configs.get(".pre-commit-config.yaml", b"")
    return Asked(lint, form or hook, hook and not form)


def parse_output(ran: Ran) -> list[Mapping[str, Any]]:
    """The reported problems. ruff ends with 0 or 1; with 2 it failed, unless it still printed its whole
    list."""
    try:
        found = json.loads(ran.stdout)
    except ValueError as error:
        raise Unavailable(f"ruff failed: {_why(ran)}") from error
    if ran.exit_code not in (0, 1, 2) or not isinstance(found, list):
        raise Unavailable(f"ruff failed: {_why(ran)}")
    good = [f for f in found if isinstance(f, dict) and isinstance(f.get("filename"), str)]
    return [{**f, "code": f.get("code") or "invalid-syntax"} for f in good]


def parse_hit(found: Mapping[str, Any], path: str, lines: Sequence[str]) -> Hit:
    """One problem as a hit: what it is about is its message and the text of its line, not the line's
    number."""
    code, message = str(found["code"]), str(found.get("message", ""))[:MESSAGE_MAX]
    row = int((found.get("location") or {}).get("row", 1))
    fix = found.get("fix") or {}
    fixable = fix.get("applicability") == "safe" and not _tests_by_importing(code, path)
    name = str(found.get("name") or code)
    about = code if name == code else f"{code} {name}"
    source = lines[row - 1].strip() if 0 < row <= len(lines) and not _formatting(found) else ""
    return Hit(
        rule=code, path=path, line=max(1, row), text=message, severity=severity(code),
        category=category(code), group=rule_group("ruff", code, fixable=fixable),
        anchor=f"{message} {source}", fixable=fixable,
        title=f"Apply ruff's fix for {about}" if fixable else f"Resolve ruff's {about}",
        data={"tool": "ruff", "code": code, "applicability": str(fix.get("applicability", "none"))},
    )  # fmt: skip


def _tests_by_importing(code: str, path: str) -> bool:
    """Whether an unused import may be the test itself, or a fixture: then nobody but a person removes it."""
    return code in ("F401", "F811") and _TEST.fullmatch(path) is not None


def severity(code: str) -> str:
    """ruff calls everything an error; broken syntax and undefined names are, style is a note."""
    if code in _BROKEN or code.startswith(_ERRORS):
        return "error"
    return "warning" if code.startswith(_WARNINGS) or category(code) == "security" else "note"


def category(code: str) -> str:
    """`S` and digits is flake8-bandit: security. Broken syntax is a bug, layout is formatting, the rest
    lint."""
    if code in _BROKEN:
        return "bug"
    if code == "unformatted":
        return "formatting"
    return "security" if code[:1] == "S" and code[1:].isdigit() else "lint"


def _formatting(found: Mapping[str, Any]) -> bool:
    return str(found["code"]) == "unformatted"


def _inside(root: str, path: str) -> str:
    return path.removeprefix(f"{root}/")


def _lines(view: View, paths: Iterable[str]) -> dict[str, list[str]]:
    tracked = view.files()
    by_oid: dict[str, list[str]] = {}
    for path in paths:
        by_oid.setdefault(tracked[path].oid, []).append(path)
    found = {}
    for oid, content in view.blobs(list(by_oid), FILE_MAX):
        text = (content or b"").decode("utf-8", "replace").split("\n")
        found.update(dict.fromkeys(by_oid[oid], text))
    return found


def _toml(content: bytes) -> dict[str, Any]:
    try:
        return read_toml(content.decode("utf-8", "replace"))
    except tomllib.TOMLDecodeError:
        return {}


def _why(ran: Ran) -> str:
    ended = "was stopped at its time limit" if ran.exit_code is None else f"ended with {ran.exit_code}"
    lines = ran.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"{ended}: {' | '.join(lines[-6:])[:800]}" if lines else ended


def open(settings: Settings, tools: Tools) -> Ruff:
    return Ruff(settings)
