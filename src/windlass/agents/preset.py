"""A preset: how one coding agent is started, told its task, listened to and installed. Data, in TOML; pure.

Texts may hold `{model_url}`, `{model}`, `{state}`, `{mcp_url}`, `{session}` and, in commands, `{task}`.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from windlass.agents.parsers import PARSERS
from windlass.kernel import Invalid

WORDS: Final = frozenset({"model_url", "model", "state", "mcp_url", "session", "task"})
_WORD: Final = re.compile(r"\{([a-z_]+)\}")
NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")
_PACKAGE: Final = re.compile(r"(@[a-z0-9-]+/)?[a-z0-9][a-z0-9._-]{0,99}")
_VERSION: Final = re.compile(r"[0-9][0-9A-Za-z.+-]{0,49}")
KINDS: Final = frozenset({
    "read", "edit", "delete", "move", "search", "execute", "think", "fetch", "switch_mode", "other",
})  # fmt: skip
"""What an ACP agent may ask permission for (agentclientprotocol.com, ToolKind)."""


class Protocol(Enum):
    """How one talks with it."""

    COMMAND = "command"
    ACP = "acp"


class Origin(Enum):
    """Where it is installed from."""

    NPM = "npm"
    PYPI = "pypi"
    WINDLASS = "windlass"
    """It comes with windlass itself."""


@dataclass(frozen=True, slots=True)
class Source:
    """A package at the version that windlass installs, and what else has to be installed beside it.

    `prepare`: a command that finishes it, run in its folder inside the sandbox: install scripts are not run.
    """

    origin: Origin
    package: str = ""
    version: str = ""
    beside: tuple[str, ...] = ()
    prepare: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """A file of configuration, written before the agent starts. `mcp`: only where the box offers MCP; it
    then stands for an earlier one of the same path.
    """

    path: str
    text: str
    mcp: bool = False


@dataclass(frozen=True, slots=True)
class Preset:
    """`speaks`: what it speaks to a model. `resume`: its command where a session is to be taken up again;
    empty: it is not. `supported`: versions that are expected to work; `tried`: how far that was seen.
    """

    name: str
    about: str
    protocol: Protocol
    program: str
    source: Source
    speaks: str
    command: tuple[str, ...]
    resume: tuple[str, ...] = ()
    stdin: str = ""
    parser: str = "plain"
    tells_end: bool = True
    env: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    allow: frozenset[str] = frozenset()
    version: tuple[str, ...] = ()
    supported: str = ""
    tried: str = ""

    def supports(self, version: str) -> bool:
        return SpecifierSet(self.supported).contains(version, prereleases=True)


def parse_preset(name: str, tree: Mapping[str, Any]) -> Preset:
    """Turn parsed TOML into a preset. Every mistake is reported at once, as Invalid."""
    reading = _Reading(tree)
    if not NAME.fullmatch(name):
        reading.mistakes.append(f"its name {name!r} is not made of small letters, digits and '-'")
    preset = Preset(
        name,
        reading.text("about"),
        Protocol(reading.one_of("protocol", [one.value for one in Protocol])),
        reading.text("program", like=NAME),
        _source(reading),
        reading.one_of("speaks", SPEAKS),
        reading.words("command", needed=True),
        reading.words("resume"),
        reading.text("stdin", needed=False),
        reading.one_of("parser", sorted(PARSERS), default="plain"),
        reading.flag("tells_end", default=True),
        reading.texts("env"),
        _files(reading),
        frozenset(reading.words("allow", among=KINDS)),
        reading.words("version"),
        _supported(reading),
        reading.text("tried", needed=False),
    )
    reading.end()
    if reading.mistakes:
        raise Invalid(
            f"preset {name!r} is not usable: {'; '.join(reading.mistakes)}",
            hint="docs/how-to/drive-a-coding-agent.md shows one",
        )
    return preset


SPEAKS: Final = ("openai-chat", "openai-responses", "anthropic-messages", "gemini")


def _source(reading: "_Reading") -> Source:
    inner = _Reading(reading.table("install"), "install.")
    origin = Origin(inner.one_of("from", [one.value for one in Origin]))
    needed = origin is not Origin.WINDLASS
    source = Source(
        origin, inner.text("package", needed=needed, like=_PACKAGE),
        inner.text("version", needed=needed, like=_VERSION), inner.words("beside"),
        inner.words("prepare"),
    )  # fmt: skip
    inner.end()
    reading.mistakes += inner.mistakes
    return source


def _files(reading: "_Reading") -> tuple[File, ...]:
    found = []
    for number, row in enumerate(reading.rows("files")):
        inner = _Reading(row, f"files[{number}].")
        path = inner.text("path")
        if not path.startswith("{state}/") or ".." in path.split("/"):
            inner.mistakes.append(f"{inner.where}path must lie under {{state}}/")
        found.append(File(path, inner.text("text"), inner.flag("mcp", default=False)))
        inner.end()
        reading.mistakes += inner.mistakes
    return tuple(found)


def _supported(reading: "_Reading") -> str:
    text = reading.text("supported", needed=False)
    try:
        SpecifierSet(text)
    except InvalidSpecifier:
        reading.mistakes.append(f"supported {text!r} is no range of versions such as '>=1.2,<2'")
    return text


class _Reading:
    """A table that is being read, with the mistakes found so far."""

    def __init__(self, tree: Mapping[str, Any], where: str = "") -> None:
        self.tree, self.where = tree, where
        self.seen: set[str] = set()
        self.mistakes: list[str] = []

    def _take(self, key: str) -> Any:
        self.seen.add(key)
        return self.tree.get(key)

    def _wrong(self, key: str, wants: str) -> None:
        self.mistakes.append(f"{self.where}{key} must be {wants}")

    def _placeholders(self, key: str, text: str) -> str:
        if unknown := sorted(set(_WORD.findall(text)) - WORDS):
            self.mistakes.append(f"{self.where}{key} has no {{{unknown[0]}}}")
        return text

    def text(self, key: str, *, needed: bool = True, like: re.Pattern[str] | None = None) -> str:
        value = self._take(key)
        if value is None and not needed:
            return ""
        if not isinstance(value, str) or not value or "\0" in value:
            self._wrong(key, "a text")
            return ""
        if like is not None and not like.fullmatch(value):
            self._wrong(key, f"like {like.pattern}")
        return self._placeholders(key, value)

    def one_of(self, key: str, choices: Sequence[str], *, default: str = "") -> str:
        value = self._take(key)
        if value is None and default:
            return default
        if value not in choices:
            self._wrong(key, f"one of {', '.join(choices)}")
            return choices[0]
        return str(value)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self._wrong(key, "true or false")
        return default if value is None else value is True

    def words(
        self, key: str, *, needed: bool = False, among: frozenset[str] | None = None
    ) -> tuple[str, ...]:
        value = self._take(key)
        value = [] if value is None and not needed else value
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            self._wrong(key, "a list of texts")
            return ()
        if (needed and not value) or (among is not None and not among.issuperset(value)):
            self._wrong(key, f"some of {', '.join(sorted(among))}" if among else "a list that is not empty")
        return tuple(self._placeholders(key, one) for one in value)

    def table(self, key: str) -> Mapping[str, Any]:
        value = self._take(key)
        if value is not None and not isinstance(value, dict):
            self._wrong(key, "a table")
        return value if isinstance(value, dict) else {}

    def rows(self, key: str) -> list[Mapping[str, Any]]:
        value = self._take(key)
        if value is not None and (
            not isinstance(value, list) or not all(isinstance(one, dict) for one in value)
        ):
            self._wrong(key, "a list of tables")
            return []
        return value or []

    def texts(self, key: str) -> Mapping[str, str]:
        inner = _Reading(self.table(key), f"{self.where}{key}.")
        found = {name: inner.text(name) for name in inner.tree}
        self.mistakes += inner.mistakes
        return found

    def end(self) -> None:
        """What was not asked for is not known."""
        known = ", ".join(sorted(self.seen))
        for key in sorted(set(self.tree) - self.seen):
            self.mistakes.append(f"{self.where}{key} is not known (known: {known})")
