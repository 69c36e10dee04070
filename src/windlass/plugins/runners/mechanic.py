"""The mechanic: fixes what tools can fix by themselves, no model involved.

It runs the project's own configured tools on exactly the task's files: ruff with safe fixes for the task's
rules,
then the formatters the project uses on the files they had already formatted, so that a fix leaves no mess
behind.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from windlass.dispatch import Assignment, Ending, Offer, Runner, RunnerOutcome
from windlass.kernel import Ran, Tools

RULE: Final = re.compile(r"[A-Z]{1,5}[0-9]{1,4}")
FORMAT: Final = frozenset({"format", "unformatted", "unformatted-file"})
WHITESPACE: Final = frozenset({"trailing-whitespace", "final-newline"})
PYTHON: Final = (".py", ".pyi")
DETAIL_MAX: Final = 500
TEXT_MAX: Final = 5_000_000
"""Bytes of a file whose whitespace is looked at."""
_NEED_CONFIGURATION: Final = ("RUF100", "UP", "FA", "I0")
"""Rules that mean nothing without the project's own words: which rules it heeds, which Python it still
supports, how it orders imports.
"""

_READ: Final = (
    'for f in pyproject.toml ruff.toml .ruff.toml setup.cfg .isort.cfg; do printf "\\n### %s\\n" "$f";'
)
_READ_CONFIGURATION: Final = f'{_READ} [ -f "$f" ] && head -c 200000 "$f"; done; true'
_WRITE: Final = 'cat > "$1"'


@dataclass(frozen=True, slots=True)
class Settings:
    """`timeout_s` per tool; `unsafe`: ruff rules whose unsafe fixes are wanted too, e.g. F841."""

    timeout_s: float = 300.0
    unsafe: tuple[str, ...] = ()


def open(settings: Settings, tools: Tools) -> Runner:
    return Mechanic(settings, tools)


@dataclass(frozen=True, slots=True)
class Formatter:
    """A formatter as two commands: does it like these files as they are, and make it so."""

    name: str
    check: tuple[str, ...]
    fix: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mechanic:
    settings: Settings
    tools: Tools

    def accepts(self, offer: Offer) -> bool:
        if offer.rule in WHITESPACE:
            return bool(offer.paths)
        if not any(path.endswith(PYTHON) for path in offer.paths):
            return False
        return offer.rule in FORMAT or (offer.fixable and RULE.fullmatch(offer.rule) is not None)

    def work(self, assignment: Assignment) -> RunnerOutcome:
        files = [path for path in assignment.paths if not path.endswith("/")]
        python = [path for path in files if path.endswith(PYTHON)]
        rules = [rule for rule in assignment.rules if RULE.fullmatch(rule)]
        if not files or not (rules or FORMAT & set(assignment.rules) or WHITESPACE & set(assignment.rules)):
            return RunnerOutcome(
                Ending.CANNOT, f"no tool fixes {', '.join(assignment.rules) or 'this'} by itself"
            )
        before = self._sums(files)
        problem = self._python(assignment, rules, python) if python else ""
        if problem:
            return RunnerOutcome(Ending.CANNOT, problem)
        if WHITESPACE & set(assignment.rules):
            for path in files:
                self._whitespace(path)
        if self._sums(files) == before:
            return RunnerOutcome(Ending.NOTHING, "the project's tools found nothing to change")
        return RunnerOutcome(
            Ending.CHANGED, f"fixed {', '.join(assignment.rules)} with the project's own tools"
        )

    def _python(self, assignment: Assignment, rules: Sequence[str], files: Sequence[str]) -> str:
        """Fix the rules, keep formatted what was formatted; what stands in the way, or nothing."""
        configuration = self._configuration()
        known = [
            one for one in formatters(configuration) if self._run(one.name, "--version").exit_code == 0
        ]
        formatted = {
            one.name: [path for path in files if self._run(*one.check, path).exit_code == 0] for one in known
        }
        if rules:
            command = ruff_check(rules, self.settings.unsafe, own=asks_ruff(configuration))
            fixed = self._run(*command, "--", *files)
            if fixed.exit_code not in (0, 1):
                return f"ruff could not check these files: {_said(fixed)}"
        whole = FORMAT & set(assignment.rules)
        if whole and not known:
            return "the project configures no formatter that is available here"
        for one in known:
            if wanted := list(files) if whole else formatted[one.name]:
                self._run(*one.fix, *wanted)
        return ""

    def _whitespace(self, path: str) -> None:
        """Trailing blanks and the final newline; Python files belong to ruff, which knows their strings."""
        if path.endswith(PYTHON):
            return
        found = self._run("cat", "--", path)
        if found.exit_code != 0 or found.truncated or len(found.stdout) > TEXT_MAX:
            return
        tidied = tidy(found.stdout, breaks=path.lower().endswith((".md", ".markdown")))
        if tidied != found.stdout:
            self.tools.run(
                ("/bin/sh", "-c", _WRITE, "write", path), timeout_s=self.settings.timeout_s, stdin=tidied
            )

    def _configuration(self) -> str:
        return self._run("/bin/sh", "-c", _READ_CONFIGURATION).stdout.decode("utf-8", "replace")

    def _sums(self, files: Sequence[str]) -> bytes:
        return self._run("sha256sum", "--", *files).stdout

    def _run(self, *argv: str) -> Ran:
        return self.tools.run(argv, timeout_s=self.settings.timeout_s)


def ruff_check(rules: Sequence[str], unsafe: Sequence[str], *, own: bool) -> tuple[str, ...]:
    """The fixing command. `own`: the project configures ruff, so its selection stands and only these rules
    are fixed: a narrower selection changes what some rules mean (to RUF100 a `noqa` for a rule that is not
    selected is unused). Without a configuration these rules are all there is, except those that need one.
    """
    named = ",".join(rules)
    told = sorted(rule for rule in rules if not rule.startswith(_NEED_CONFIGURATION))
    chosen = ("--fixable", named) if own else ("--fixable", named, "--select", ",".join(told) or "E902")
    unsafe_too = "--unsafe-fixes" if rules and set(rules) <= set(unsafe) else "--no-unsafe-fixes"
    return ("ruff", "check", "--fix", "--quiet", "--force-exclude", "--no-cache", *chosen, unsafe_too)


def asks_ruff(configuration: str) -> bool:
    """Whether the project's configuration files, as one text, configure ruff."""
    return bool(re.search(r"^\[+tool\.ruff[].]", configuration, re.MULTILINE)) or any(
        _has_text(configuration, name) for name in _RUFF_FILES
    )


def formatters(configuration: str) -> tuple[Formatter, ...]:
    """The formatters a project asks for, from the text of its configuration files."""
    found = []
    sections = {line.strip().strip("[]") for line in configuration.splitlines() if line.startswith("[")}
    black = any(name == "tool.black" or name.startswith("tool.black.") for name in sections)
    if "tool.isort" in sections or "isort" in sections or "### .isort.cfg\n[" in configuration:
        found.append(Formatter("isort", ("isort", "--check-only", "-q", "--"), ("isort", "-q", "--")))
    if black:
        found.append(Formatter("black", ("black", "--check", "-q", "--"), ("black", "-q", "--")))
    ruff_format = any(name in ("tool.ruff.format", "format") for name in sections)
    ruff = ruff_format or any(name == "tool.ruff" or name.startswith("tool.ruff.") for name in sections)
    own_file = any(
        f"### {name}\n" in configuration and _has_text(configuration, name) for name in _RUFF_FILES
    )
    if ruff_format or ((ruff or own_file) and not black):
        check = ("ruff", "format", "--check", "-q", "--force-exclude", "--no-cache", "--")
        found.append(
            Formatter("ruff", check, ("ruff", "format", "-q", "--force-exclude", "--no-cache", "--"))
        )
    return tuple(found)


_RUFF_FILES: Final = ("ruff.toml", ".ruff.toml")


def _has_text(configuration: str, name: str) -> bool:
    after = configuration.split(f"\n### {name}\n", 1)
    return len(after) == 2 and bool(after[1].split("\n### ", 1)[0].strip())


def tidy(content: bytes, *, breaks: bool) -> bytes:
    """No blanks at line ends, one final newline. `breaks`: keep two blanks that Markdown reads as a line
    break.

    Content that is not text (it holds a NUL) stays as it is.
    """
    if b"\0" in content or not content.strip():
        return content
    ending = b"\r\n" if b"\r\n" in content else b"\n"
    lines = [_trimmed(line, breaks=breaks) for line in content.replace(b"\r\n", b"\n").split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    return ending.join(lines) + ending


def _trimmed(line: bytes, *, breaks: bool) -> bytes:
    bare = line.rstrip(b" \t")
    return bare + b"  " if breaks and bare and line.endswith(b"  ") else bare


def _said(ran: Ran) -> str:
    text = (ran.stderr or ran.stdout).decode("utf-8", "replace").strip()
    return text[-DETAIL_MAX:] or f"exit code {ran.exit_code}"
