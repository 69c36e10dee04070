"""Read each place a setting may come from into one layer: files, environment, flags. Mistakes are values."""

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields

import yaml

from windlass.app.config_ratchet import legacy_metrics
from windlass.app.config_sections import KEYS, Config
from windlass.kernel import Invalid, read_toml

PREFIX = "WINDLASS_"
AGENTS = "agents.agent"
LEGACY = {
    "REPO_ROOT": "project.path",
    "WSJF_THRESHOLD": "backlog.threshold",
    "AGING_MULTIPLIER_MAX": "backlog.aging_max",
    "PR_DAILY_LIMIT": "autonomy.daily_prs",
    "CI_FAILURE_THRESHOLD": "autonomy.ci_failure_threshold",
}
SCOPE = {
    "external_operations": "autonomy.operations",
    "restricted_paths": "autonomy.restricted",
    "auto_approve.max_wsjf_score": "autonomy.max_wsjf",
    "auto_approve.file_change_limit": "autonomy.max_files",
    "auto_approve.test_coverage_min": "autonomy.min_coverage",
}
FILE_MAX = 256 * 1024
"""Largest settings file read, in bytes."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing wrong in one place, with what to do about it."""

    origin: str
    path: str
    value: object
    problem: str
    hint: str = ""

    def line(self) -> str:
        where = f"{self.origin}: {self.path}" if self.path else self.origin
        shown = "" if self.value is None else f" = {self.value!r}"
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{shown}: {self.problem}{hint}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One value found: `path` is the setting, `shown` what it is called where it was found."""

    path: str
    value: object
    shown: str


@dataclass(frozen=True, slots=True)
class Layer:
    """Everything one place says. `inside`: a file of the tended repository; not all settings are its."""

    origin: str
    entries: tuple[Entry, ...]
    mistakes: tuple[Mistake, ...] = ()
    inside: bool = False


def suggest(word: str, known: Iterable[str]) -> str:
    """`did you mean …` when something is close, else the list of what is known."""
    choices = list(known)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(choices)}"


def _text(data: bytes, origin: str) -> str | Mistake:
    if len(data) > FILE_MAX:
        return Mistake(origin, "", None, f"is larger than {FILE_MAX} bytes", "is it the right file?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return Mistake(origin, "", None, f"is not UTF-8 (byte {error.start})", "save it as UTF-8")


def toml_layer(data: bytes, origin: str, *, inside: bool = False) -> Layer:
    """Read a windlass.toml; unknown keys and broken syntax become mistakes."""
    content = _text(data, origin)
    if isinstance(content, Mistake):
        return Layer(origin, (), (content,), inside)
    try:
        table = read_toml(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        broken = Mistake(origin, "", None, f"is not valid TOML: {error}", "mend that line first")
        return Layer(origin, (), (broken,), inside)
    if isinstance(table.get("agents"), list):
        table["agents"] = {"agent": table["agents"]}  # [[agents]] is the short way to write [[agents.agent]]
    entries: list[Entry] = []
    mistakes: list[Mistake] = []
    _walk(table, "", entries, lambda *args: mistakes.append(Mistake(origin, *args)))
    return Layer(origin, tuple(entries), tuple(mistakes), inside)


def _walk(
    table: Mapping[str, object],
    prefix: str,
    entries: list[Entry],
    wrong: Callable[[str, object, str, str], None],
) -> None:
    known = {path[len(prefix) :].partition(".")[0] for path in KEYS if path.startswith(prefix)}
    for name, value in table.items():
        path = prefix + name
        if path in KEYS:
            entries.append(Entry(path, value, path))
        elif name not in known:
            kind = "section" if not prefix else "key"
            wrong(path, None, f"is no {kind} windlass knows", suggest(name, sorted(known)))
        elif isinstance(value, Mapping):
            _walk(value, path + ".", entries, wrong)
        else:
            wrong(path, value, "must be a table", f"write [{path}] and its keys below")


def scope_layer(data: bytes, origin: str = ".automation-scope.yaml") -> Layer:
    """Read the founding documents' automation scope into the autonomy section."""
    content = _text(data, origin)
    if isinstance(content, Mistake):
        return Layer(origin, (), (content,), inside=True)
    try:
        table = yaml.safe_load(content)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        said = " ".join(str(error).split())
        return Layer(origin, (), (Mistake(origin, "", None, f"is not valid YAML: {said}"),), inside=True)
    table = {} if table is None else table
    if not isinstance(table, Mapping):
        return Layer(origin, (), (Mistake(origin, "", None, "must hold a table"),), inside=True)
    flat, mistakes = _flat_scope(table, origin)
    entries = tuple(Entry(SCOPE[path], value, path) for path, value in flat)
    return Layer(origin, entries, tuple(mistakes), inside=True)


def ratchet_layer(data: bytes, origin: str = "quality_ratchet.json") -> Layer:
    """Read the founding documents' ratchet: where bounds begin, and the rules of all of them."""
    content = _text(data, origin)
    if isinstance(content, Mistake):
        return Layer(origin, (), (content,), inside=True)
    try:
        return Layer(origin, (Entry("ratchet.metric", legacy_metrics(content), origin),), (), inside=True)
    except Invalid as error:
        return Layer(origin, (), (Mistake(origin, "", None, str(error), error.hint),), inside=True)


def agents_layer(data: bytes, origin: str, *, inside: bool) -> Layer:
    """Read agents.yaml: a list of profiles, alone or under `agents`, or a table of them by name."""
    content = _text(data, origin)
    if isinstance(content, Mistake):
        return Layer(origin, (), (content,), inside)
    try:
        told = yaml.safe_load(content)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        said = " ".join(str(error).split())
        return Layer(origin, (), (Mistake(origin, "", None, f"is not valid YAML: {said}"),), inside)
    if isinstance(told, Mapping):
        told = told.get("agents", told)
    if isinstance(told, Mapping):
        hint = "of groups of agents take what windlass has with: windlass config import"
        mistakes = tuple(
            Mistake(origin, f"agents.{name}", None, "must be a table, of one agent", hint)
            for name, table in told.items() if table is not None and not isinstance(table, Mapping)
        )  # fmt: skip
        if mistakes:
            return Layer(origin, (), mistakes, inside)
        told = [{"name": name, **(table or {})} for name, table in told.items()]
    return Layer(origin, () if told is None else (Entry(AGENTS, told, "agents"),), (), inside)


def _flat_scope(
    table: Mapping[object, object], origin: str
) -> tuple[list[tuple[str, object]], list[Mistake]]:
    known = sorted({path.partition(".")[0] for path in SCOPE})
    flat: list[tuple[str, object]] = []
    mistakes: list[Mistake] = []
    for name, value in ((str(k), v) for k, v in table.items()):
        if name not in known:
            mistakes.append(Mistake(origin, name, None, "is no key windlass knows", suggest(name, known)))
        elif name == "external_operations":
            operations, wrong = _operations(value, origin)
            flat.append((name, operations))
            mistakes += wrong
        elif name in SCOPE:
            flat.append((name, [] if value is None else value))
        elif value is not None and not isinstance(value, Mapping):
            mistakes.append(Mistake(origin, name, value, "must be a table"))
        else:
            inner = [path.partition(".")[2] for path in SCOPE if path.startswith(name + ".")]
            for key, setting in ((str(k), v) for k, v in (value or {}).items()):
                if key in inner:
                    flat.append((f"{name}.{key}", setting))
                else:
                    hint = suggest(key, inner)
                    mistakes.append(Mistake(origin, f"{name}.{key}", None, "is no key windlass knows", hint))
    return flat, mistakes


def _operations(value: object, origin: str) -> tuple[list[str], list[Mistake]]:
    """`{github_api: true, deployment_targets: [staging]}` -> `["github_api", "deploy:staging"]`."""
    path = "external_operations"
    if value is not None and not isinstance(value, Mapping):
        return [], [Mistake(origin, path, value, "must be a table")]
    allowed: list[str] = []
    mistakes: list[Mistake] = []
    for name, setting in (value or {}).items():
        if name == "deployment_targets" and isinstance(setting, list):
            allowed += [f"deploy:{target}" for target in setting]
        elif isinstance(setting, bool) and name != "deployment_targets":
            allowed += [str(name)] if setting else []
        else:
            wants = "must be a list" if name == "deployment_targets" else "must be true or false"
            mistakes.append(Mistake(origin, f"{path}.{name}", setting, wants))
    return allowed, mistakes


def environment_layer(env: Mapping[str, str]) -> Layer:
    """Read `WINDLASS_SECTION_KEY` and the founding documents' variables; ours win where both are set."""
    by_variable = {key.variable: key for key in KEYS.values()}
    sections = tuple(f"{PREFIX}{spot.name.upper()}_" for spot in fields(Config))
    entries: list[Entry] = []
    mistakes: list[Mistake] = []
    for name, path in LEGACY.items():
        if env.get(name):
            entries.append(Entry(path, KEYS[path].shape.from_text(env[name]), name))
    for name in sorted(env):
        if name in by_variable and env[name] != "":
            key = by_variable[name]
            entries.append(Entry(key.path, key.shape.from_text(env[name]), name))
        elif name.startswith(sections) and name not in by_variable:
            hint = suggest(name, sorted(by_variable))
            mistakes.append(Mistake("environment", name, None, "is no variable windlass knows", hint))
    return Layer("environment", tuple(entries), tuple(mistakes))


def flag_layer(flags: Mapping[str, object]) -> Layer:
    """Read `{"autonomy.level": "propose"}`; texts are read like variables, None means not given."""
    entries, mistakes = [], []
    for path, value in flags.items():
        if path not in KEYS:
            hint = suggest(path, KEYS)
            mistakes.append(Mistake("command line", path, None, "is no setting windlass knows", hint))
        elif value is not None:
            read = KEYS[path].shape.from_text(value) if isinstance(value, str) else value
            entries.append(Entry(path, read, path))
    return Layer("command line", tuple(entries), tuple(mistakes))
