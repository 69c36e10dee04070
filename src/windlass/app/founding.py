"""What keys of the founding tools' files and variables mean here: one table, key -> setting. Pure.

A row stands here only where both mean the same; everything else is told as left, with the reason. The
layouts are those of the founding documents and of public repositories that work with these files.
`founding_agents.py` does agents.yaml.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from windlass.app.config_layers import LEGACY, Mistake
from windlass.app.config_ratchet import LEGACY as METRICS
from windlass.app.config_ratchet import RULES
from windlass.app.config_sections import KEYS
from windlass.app.config_values import Complaint, Fault, duration_text

NO_SETTING: Final = "windlass has no setting for it"
FOLD: Final = 2
"""Parts of a key that windlass does not know; what lies deeper is told as one."""
LINES_MAX: Final = 500
VALUE_MAX: Final = 60
ENVIRONMENT: Final = "environment"
_SECRET: Final = re.compile(r"passw|secret|token|credential|webhook|api_?key|private", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of founding file: its name, and where it lies, best first."""

    name: str
    places: tuple[str, ...]


KINDS: Final = (
    Kind("scope", (".automation-scope.yaml",)),
    Kind("ratchet", ("quality_ratchet.json",)),
    Kind("agents", ("agents.yaml", "config/agents.yaml")),
    Kind("parallel", ("config/parallel_execution.yaml",)),
    Kind("backlog", ("backlog.yml",)),
    Kind("sla", ("config/performance_sla.json",)),
    Kind("alerts", ("config/alerting_rules.yaml",)),
)
"""In this order they go before each other where two say the same; the variables go before all."""


@dataclass(frozen=True, slots=True)
class Told:
    """One key that was found. `part`: what it gives to `setting`, of which it says `detail`.

    An empty setting: left, for the reason `why`.
    """

    key: str
    value: str
    setting: str = ""
    part: object = None
    detail: str = ""
    why: str = ""


@dataclass(slots=True)
class Reading:
    """Everything one file or the variables say, and what is wrong with it."""

    source: str
    told: list[Told] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)

    def leave(self, key: str, value: object, why: str = NO_SETTING) -> None:
        """Tell a key that has no place; of what may be a secret the value stays out."""
        hidden = _SECRET.search(key) and not isinstance(value, bool)
        self.told.append(Told(key, "(not shown)" if hidden else brief(value), why=why))

    def wrong(self, key: str, faults: Sequence[Fault]) -> None:
        self.mistakes += [Mistake(self.source, key + f.at, f.value, f.problem, f.hint) for f in faults]


class NoPlace(Exception):
    """This value has no place here; the text says why."""


@dataclass(frozen=True, slots=True)
class Partly:
    """A value that found a place, but for some parts of it, each with the reason."""

    value: object
    left: tuple[tuple[object, str], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value stands: the last part of its key, and the table it is in."""

    name: str
    table: Mapping[Any, Any]


Turn = Callable[[object, Spot], object]


def _same(value: object, spot: Spot) -> object:
    return value


def _paths(value: object, spot: Spot) -> object:
    """Patterns to folders and files, as windlass restricts these: `./.github/**` is `.github/`."""
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Complaint(Fault(value, "must be a list of paths"))
    found, left = [], []
    for pattern in value:
        plain = re.sub(r"/\*{1,2}$", "/", re.sub(r"^(\./)+", "", pattern.strip()))
        if plain in ("", ".", "/") or re.search(r"[*?\[{]", plain):
            left.append((pattern, "windlass restricts folders and whole files, no patterns"))
        else:
            found.append(plain)
    return Partly(found, tuple(left)) if left else found


def _operation(value: object, spot: Spot) -> object:
    if not isinstance(value, bool):
        if isinstance(value, Mapping | list):
            raise NoPlace(NO_SETTING)
        raise Complaint(Fault(value, "must be true or false"))
    return [spot.name] if value else []


def _targets(value: object, spot: Spot) -> object:
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Complaint(Fault(value, "must be a list of names"))
    return [f"deploy:{one}" for one in value]


def _seconds(value: object, spot: Spot) -> object:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 1e9:
        raise Complaint(Fault(value, "must be a number of seconds"))
    return duration_text(float(value))


def _attempts(value: object, spot: Spot) -> object:
    """Tries again, to attempts in all: the first one counts here."""
    enabled, retries = spot.table.get("retry_enabled", True), spot.table.get("max_retries")
    if not isinstance(enabled, bool):
        raise Complaint(Fault(value, "says nothing unless retry_enabled is true or false"))
    if enabled and retries is None:
        raise NoPlace("says nothing without max_retries")
    if enabled and (type(retries) is not int or not 0 <= retries < 100):
        raise Complaint(Fault(value, "max_retries must be a whole number from 0 to 99"))
    return retries + 1 if enabled and retries is not None else 1


def _metric(entry: str) -> Turn:
    return lambda value, spot: [{"name": METRICS[spot.name], entry: value}]


def _rule(value: object, spot: Spot) -> object:
    return [{"name": next(iter(METRICS.values())), RULES[spot.name]: value}]


@dataclass(frozen=True, slots=True)
class Row:
    """One founding key and its setting. `*` in `key`: any name; `detail`: what of the setting it says."""

    kind: str
    key: str
    setting: str
    turn: Turn = _same
    detail: str = ""


_RESTRICTED: Final = "autonomy.restricted"
_OPERATIONS: Final = "autonomy.operations"
_METRICS: Final = "ratchet.metric"
JOINED: Final = frozenset({_RESTRICTED, _OPERATIONS, _METRICS, "agents.agent"})
"""Settings to which several keys of a file give a part each."""

ROWS: Final = (
    # The founding document's own automation scope.
    Row("scope", "external_operations.deployment_targets", _OPERATIONS, _targets),
    Row("scope", "external_operations.*", _OPERATIONS, _operation),
    Row("scope", "restricted_paths", _RESTRICTED, _paths),
    Row("scope", "auto_approve.max_wsjf_score", "autonomy.max_wsjf"),
    Row("scope", "auto_approve.file_change_limit", "autonomy.max_files"),
    Row("scope", "auto_approve.test_coverage_min", "autonomy.min_coverage"),
    # Other layouts of it: where automation may not write, or not without a person.
    Row("scope", "forbidden_patterns", _RESTRICTED, _paths),
    Row("scope", "repository.restricted_paths", _RESTRICTED, _paths),
    Row("scope", "repository_operations.restricted_paths", _RESTRICTED, _paths),
    Row("scope", "safety.protected_files", _RESTRICTED, _paths),
    Row("scope", "scope.restricted_paths", _RESTRICTED, _paths),
    Row("scope", "scope.forbidden_paths", _RESTRICTED, _paths),
    Row("scope", "scope.external_operations.*", _OPERATIONS, _operation),
    Row("scope", "automation_limits.max_prs_per_day", "autonomy.daily_prs"),
    Row("scope", "automation_limits.max_loc_per_pr", "autonomy.max_lines"),
    Row("scope", "behavioral_limits.max_prs_per_day", "autonomy.daily_prs"),
    Row("scope", "behavioral_limits.aging_multiplier_max", "backlog.aging_max"),
    Row("scope", "limits.max_prs_per_day", "autonomy.daily_prs"),
    Row("scope", "scope.git_operations.max_prs_per_day", "autonomy.daily_prs"),
    *(Row("ratchet", f"global_targets.{name}", _METRICS, _metric("start"), f"{metric}.start")
      for name, metric in METRICS.items()),
    *(Row("ratchet", f"ratchet_settings.{name}", _METRICS, _rule, f"each {rule}")
      for name, rule in RULES.items()),
    Row("parallel", "multi_instance.max_instances", "dispatch.workers"),
    # After so long without a sign of life the work is somebody else's: that is what a lease says.
    Row("parallel", "multi_instance.instance_timeout", "dispatch.lease", _seconds),
    Row("parallel", "fault_tolerance.retry_enabled", "dispatch.attempts_max", _attempts),
    Row("parallel", "fault_tolerance.max_retries", "dispatch.attempts_max", _attempts),
    Row("backlog", "metadata.aging_multiplier_max", "backlog.aging_max"),
    Row("backlog", "metadata.wsjf_threshold", "backlog.threshold"),
    Row("backlog", "meta.wsjf_weights.aging_multiplier_max", "backlog.aging_max"),
    Row("backlog", "config.wsjf.aging_multiplier_max", "backlog.aging_max"),
    Row("backlog", "aging_rules.max_multiplier", "backlog.aging_max"),
    Row("backlog", "automation_scope.restricted_paths", _RESTRICTED, _paths),
)  # fmt: skip

ABOUT: Final = "tells about the file"
WHY: Final[Mapping[tuple[str, str], str]] = {
    ("parallel", "multi_instance.max_tasks_per_instance"): "a worker of windlass has one task at a time",
    ("parallel", "worktree.lock_timeout_minutes"): "a work tree goes with its lease",
    ("parallel", "worktree.base_dir"): "work trees lie in the data home",
    ("parallel", "security.require_authentication"): "windlass always asks who calls",
}
"""Better reasons than that there is no setting, by kind and key."""
_HEADS: Final = frozenset({"version", "metadata", "meta", "name", "description"})

VARIABLES: Final[Mapping[str, str]] = {
    **{name: path for name, path in LEGACY.items() if name != "REPO_ROOT"},
    "ENABLE_AUTO_SECURITY_UPDATES": "",
    "SECURITY_SCAN_LEVEL": "",
    "REPO_ROOT": "",
}
"""Variables and their settings; empty: windlass has none."""
_LEFT: Final[Mapping[str, str]] = {
    "ENABLE_AUTO_SECURITY_UPDATES": "windlass updates no dependency by itself",
    "SECURITY_SCAN_LEVEL": "every scan that can run here always does",
    "REPO_ROOT": "says which repository, and this file is that repository's: keep it, or use --repo",
}
"""Why a variable without a setting has none."""

_BY_KEY: Final = {(row.kind, row.key): row for row in ROWS}


def read_document(kind: str, source: str, document: object) -> Reading:
    """What a file of this kind says, key by key, in its own order."""
    reading = Reading(source)
    if document is None:
        return reading
    if not isinstance(document, Mapping):
        reading.wrong("", [Fault(None, "must hold a table")])
        return reading
    _walk(reading, kind, document, "")
    if kind == "ratchet" and not any(one.detail.endswith(".start") for one in reading.told):
        reading.told = [replace(one, setting="", why="there is no target it is for") if one.setting else one
                        for one in reading.told]  # fmt: skip
    _bound(reading)
    return reading


def unread(kind: str, source: str, why: str) -> Reading | None:
    """A file that cannot be read, of a kind of which nothing is taken; None: of others it is a mistake."""
    if kind in ("agents", "backlog") or any(row.kind == kind for row in ROWS):
        return None
    reading = Reading(source)
    reading.leave("(all of it)", "", why)
    return reading


def read_variables(env: Mapping[str, str]) -> Reading:
    """What the founding variables say that are set."""
    reading = Reading(ENVIRONMENT)
    for name, path in VARIABLES.items():
        text = env.get(name, "")
        if text and path:
            value = KEYS[path].shape.from_text(text)
            _take(reading, Row(ENVIRONMENT, name, path), name, value, Spot(name, env))
        elif text:
            reading.leave(name, text, _LEFT[name])
    return reading


def join(setting: str, told: Sequence[Told]) -> object:
    """The value that parts of one source make together, as windlass.toml would have it."""
    if setting not in JOINED:
        return told[0].part
    parts = [one for each in told for one in (each.part if isinstance(each.part, list) else [])]
    if setting != _METRICS:
        return [one for n, one in enumerate(parts) if one not in parts[:n]]
    rules: dict[str, object] = {}
    for each in told:
        if each.detail.startswith("each ") and isinstance(each.part, list):
            rules |= {name: value for name, value in each.part[0].items() if name != "name"}
    metrics = [one for one in parts if "start" in one]
    return [{**one, **rules} for one in metrics]


def brief(value: object) -> str:
    """A value on one short line."""
    if isinstance(value, Mapping):
        return f"{len(value)} key{'' if len(value) == 1 else 's'}"
    if isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        return f"{len(value)} entr{'y' if len(value) == 1 else 'ies'}"
    if isinstance(value, list):
        text = ", ".join(brief(one) for one in value[:VALUE_MAX]) or "none"
    else:
        text = value if isinstance(value, str) else json.dumps(value, default=str)
    text = plain(text)
    return text if len(text) <= VALUE_MAX else text[: VALUE_MAX - 1] + "…"


def plain(text: str) -> str:
    """A text of a file on one line, and such that every terminal and file can hold it."""
    return " ".join(text.encode("utf-8", "replace").decode("utf-8").split())


def _walk(reading: Reading, kind: str, table: Mapping[Any, Any], prefix: str) -> None:
    about: dict[str, object] = {}
    for raw, value in table.items():
        name = plain(str(raw))[:100]
        key = prefix + name
        row = _BY_KEY.get((kind, key)) or _BY_KEY.get((kind, f"{prefix}*"))
        if row is not None:
            _take(reading, row, key, value, Spot(name, table))
        elif isinstance(value, Mapping) and value and _goes_on(kind, key):
            _walk(reading, kind, value, f"{key}.")
        elif kind == "alerts" and isinstance(value, list) and all(isinstance(one, Mapping) for one in value):
            for number, one in enumerate(value, 1):
                named = one.get("id", one.get("name", number))
                reading.leave(plain(f"{key}.{named}")[:100], one.get("condition", one))
        elif prefix and key.partition(".")[0] in _HEADS:
            about[name] = value
        else:
            reading.leave(key, value, WHY.get((kind, key), ABOUT if key in _HEADS else NO_SETTING))
    if about:
        reading.leave(prefix.rstrip("."), about, ABOUT)


def _goes_on(kind: str, key: str) -> bool:
    """Whether to look into a table: a row waits below, or it is not deep yet."""
    below = any(row.kind == kind and row.key.startswith(f"{key}.") for row in ROWS)
    folded = kind == "backlog" or key in _HEADS
    return below or (not folded and key.count(".") + 1 < FOLD)


def _take(reading: Reading, row: Row, key: str, value: object, spot: Spot) -> None:
    try:
        part = row.turn(value, spot)
        left = part.left if isinstance(part, Partly) else ()
        part = part.value if isinstance(part, Partly) else part
        KEYS[row.setting].shape.read(part)
    except NoPlace as why:
        reading.leave(key, value, str(why))
    except Complaint as complaint:
        listed = isinstance(value, list)
        told = [Fault(f.value if listed else value, f.problem, f.hint) for f in complaint.faults]
        reading.wrong(key, told)
    else:
        if part or not left:
            reading.told.append(Told(key, brief(value), row.setting, part, row.detail))
        if left:
            reading.leave(key, [one for one, _ in left], left[0][1])


def _bound(reading: Reading) -> None:
    if (more := len(reading.told) - LINES_MAX) > 0:
        placed = [one for one in reading.told if one.setting]
        rest = [one for one in reading.told if not one.setting][: max(0, LINES_MAX - len(placed))]
        reading.told = [*placed, *rest, Told("…", f"{more} more keys", why=NO_SETTING)]
