"""Look at everything windlass stands on and say how to mend it. What was not looked at is `skipped`."""

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from windlass import dispatch, sandbox
from windlass.app.config_sections import Config, Isolation
from windlass.app.config_values import without_password
from windlass.app.detect import JUDGED, Detected, Tool
from windlass.app.forging import forge_of
from windlass.app.home import Home, place
from windlass.app.isolation import manifest_of
from windlass.app.wiring import runners_of
from windlass.kernel import Clock, WindlassError
from windlass.languages import languages_of, toolchain_of
from windlass.store import open_database, schema_is_current
from windlass.workspace import Checkout, Mirror

OLDEST_GIT = (2, 38)
SAFE_SQLITE = (3, 51, 3)
DISK_FAIL = 512 * 2**20
DISK_WARN = 5 * 2**30
CLOCK_SKEW_MAX_S = 2.0
PROGRAM_TIMEOUT_S = 20.0
RUNNERS = ("pytest", "unittest")
REPLACES = "commands there run instead of what is detected for tier 0"


class State(Enum):
    """How one check went. Only `ok` is good; `skipped` says nothing about the thing itself."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: what was seen, and what to do when it is not well."""

    name: str
    state: State
    seen: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Patient:
    """What is to be looked at; `repository`, `detected` and `mirror` only where there are some."""

    env: Mapping[str, str]
    config: Config
    clock: Clock
    repository: Path | None = None
    detected: Detected | None = None
    mirror: Mirror | None = None


def examine(patient: Patient) -> tuple[Finding, ...]:
    """Run every check; one that breaks is a failed finding of its own and never hides the others."""
    found: list[Finding] = []
    for name, check in CHECKS:
        try:
            found += check(patient)
        except WindlassError as error:
            found.append(Finding(name, State.FAIL, str(error), error.hint))
        except (OSError, subprocess.SubprocessError, ValueError) as error:
            found.append(
                Finding(name, State.FAIL, f"could not look: {error}", "run it again; report it if it stays")
            )
    return tuple(found)


def exit_code(found: Sequence[Finding]) -> int:
    """0 when nothing failed, else 1: warnings and skipped checks do not stop windlass."""
    return 1 if any(finding.state is State.FAIL for finding in found) else 0


def _python(patient: Patient) -> list[Finding]:
    seen = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    good = sys.version_info[:2] >= (3, 11)
    return [
        Finding(
            "python", State.OK if good else State.FAIL, seen, "" if good else "install Python 3.11 or newer"
        )
    ]


def _git(patient: Patient) -> list[Finding]:
    program = shutil.which("git", path=patient.env.get("PATH"))
    if program is None:
        return [Finding("git", State.FAIL, "not installed", install_line("git"))]
    done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=PROGRAM_TIMEOUT_S)
    return [judge_git(done.stdout)]


def judge_git(said: str) -> Finding:
    """Merging in memory needs `git merge-tree --write-tree`, which came with 2.38."""
    match = re.search(r"(\d+)\.(\d+)(?:\.\d+)*", said)
    if match is None:
        return Finding(
            "git", State.FAIL, f"says {said.strip()!r} instead of its version", install_line("git")
        )
    if (int(match[1]), int(match[2])) < OLDEST_GIT:
        return Finding("git", State.FAIL, f"{match[0]} is too old", "install git 2.38 or newer")
    return Finding("git", State.OK, match[0])


def install_line(package: str) -> str:
    if sys.platform == "darwin":
        return f"brew install {package}"
    return f"{'' if os.geteuid() == 0 else 'sudo '}apt-get install -y {package}"


def _sqlite(patient: Patient) -> list[Finding]:
    if patient.config.database.url:
        return [Finding("sqlite", State.SKIPPED, "PostgreSQL is configured")]
    return [judge_sqlite(sqlite3.sqlite_version)]


def judge_sqlite(version: str) -> Finding:
    """Before 3.51.3 a checkpoint that meets a writer can lose a commit (the WAL-reset bug)."""
    if tuple(int(part) for part in version.split(".")) >= SAFE_SQLITE:
        return Finding("sqlite", State.OK, version)
    seen = f"{version} has the WAL-reset bug; windlass avoids it with one writer that alone checkpoints"
    fix = "keep other programs away from the database file, use a Python with sqlite 3.51.3, or PostgreSQL"
    return Finding("sqlite", State.WARN, seen, fix)


def _sandbox(patient: Patient) -> list[Finding]:
    if patient.config.sandbox.level is Isolation.NONE:
        seen = "switched off: a repository's code runs with your rights"
        return [Finding("sandbox", State.WARN, seen, 'set [sandbox] level = "auto"')]
    path, manifest = patient.env.get("PATH"), manifest_of(patient.config.sandbox)
    found = sandbox.probe(path=path, manifest=manifest)
    used = Finding("sandbox", State.OK if found.ok else State.FAIL, found.reason, found.fix)
    return [used, _container(path) if manifest is None else _bwrap(path)]


def _bwrap(path: str | None) -> Finding:
    found = sandbox.probe(path=path)
    return Finding("level bwrap", State.OK if found.ok else State.SKIPPED, found.reason, found.fix)


def _container(path: str | None) -> Finding:
    """What lacks for a level that is not asked for; nothing is tried, for there is no manifest."""
    crun = shutil.which("crun", path=path)
    seen = f"not asked for; {f'{crun} is there' if crun else 'crun is not installed'}"
    fix = "" if crun else "install crun, then "
    fix += 'set [sandbox] level = "container" and manifest; docs/how-to/work-in-a-container.md'
    return Finding("level container", State.SKIPPED, seen, fix)


def _home(patient: Patient) -> list[Finding]:
    home = Home.open(patient.env)
    owner = home.owner()
    seen = f"{home.path}, in use by {owner}" if owner else str(home.path)
    if warnings := home.warnings():
        return [Finding("data home", State.WARN, "; ".join(warnings), "set WINDLASS_HOME to a local disk")]
    return [Finding("data home", State.OK, seen)]


def _disk(patient: Patient) -> list[Finding]:
    path = place(patient.env)
    there = next(folder for folder in (path, *path.parents) if folder.exists())
    return [judge_disk(shutil.disk_usage(there).free, str(there))]


def judge_disk(free: int, where: str) -> Finding:
    seen = f"{free / 2**30:.1f} GiB free at {where}"
    if free >= DISK_WARN:
        return Finding("disk", State.OK, seen)
    state = State.FAIL if free < DISK_FAIL else State.WARN
    return Finding("disk", state, seen, f"free some space: {DISK_WARN / 2**30:.0f} GiB is comfortable")


def _database(patient: Patient) -> list[Finding]:
    url = patient.config.database.url
    if url:
        return _look_into(url, patient, without_password(url))
    home = Home.open(patient.env)
    if not home.database.exists():
        return [Finding("database", State.OK, f"{home.database} will be made at the first run")]
    if owner := home.owner():
        return [Finding("database", State.SKIPPED, f"in use by {owner}")]
    return _look_into(f"sqlite:///{home.database}", patient, str(home.database))


def _look_into(url: str, patient: Patient, shown: str) -> list[Finding]:
    database = open_database(url)
    try:
        before = patient.clock()
        now = database.read(lambda tx: tx.now())
        skew = now - (before + patient.clock()) / 2
        current = schema_is_current(database)
    finally:
        database.close()
    schema = Finding("database", State.OK, shown)
    if not current:
        schema = Finding(
            "database", State.WARN, f"{shown} has another schema", "the next start brings it up to date"
        )
    return [schema, judge_clock(skew)]


def judge_clock(skew_s: float) -> Finding:
    """Leases end by the database's clock; a person reads times by this machine's."""
    if abs(skew_s) <= CLOCK_SKEW_MAX_S:
        return Finding("clock", State.OK, f"{abs(skew_s):.1f} s from the database's")
    word = "ahead of" if skew_s > 0 else "behind"
    return Finding(
        "clock", State.WARN, f"the database is {abs(skew_s):.0f} s {word} this machine", "set both by NTP"
    )


def _repository(patient: Patient) -> list[Finding]:
    if patient.repository is None:
        return [Finding("repository", State.SKIPPED, "none named", "add --repo PATH")]
    checkout = Checkout.open(patient.repository, main=patient.config.project.main or None)
    found = [Finding("repository", State.OK, f"{checkout.path}, main branch {checkout.main}")]
    if checkout.head_state == "detached":
        seen = f"HEAD is detached; windlass works on branch {checkout.main}"
        found.append(Finding("head", State.WARN, seen, "git switch the branch you mean"))
    if checkout.shallow:  # a partial clone that lacks something could not have been read
        seen = "history is cut off; ages, moves and old merges are unknown"
        found.append(Finding("history", State.WARN, seen, "git fetch --unshallow"))
    if checkout.submodules:
        seen = f"submodules are not read or checked out: {', '.join(checkout.submodules[:5])}"
        found.append(Finding("submodules", State.WARN, seen, "tend each as a repository of its own"))
    if checkout.lfs:
        seen = "large files are pointers here; tests that need their content fail in a clean checkout"
        found.append(Finding("lfs", State.WARN, seen, "leave such tests out of [verify] pr"))
    return found


def _forge(patient: Patient) -> list[Finding]:
    if patient.repository is None or patient.mirror is None:
        return []
    checkout = Checkout.open(patient.repository, main=patient.config.project.main or None)
    forge = forge_of(patient.config.forge, checkout)
    if forge is None:
        return []
    return [Finding("forge", State.OK, forge.rehearse(patient.mirror, f"refs/heads/{checkout.main}"))]


def _runners(patient: Patient) -> list[Finding]:
    hands = dispatch.staff(runners_of(patient.config))
    told = [
        name if name in hands.here else f"{name} (agents that claim lane {hands.lane(name)})"
        for name in hands.runners
    ]
    return [Finding("runners", State.OK, ", ".join(told) or "none: nothing that is found becomes a task")]


def _tools(patient: Patient) -> list[Finding]:
    detected = patient.detected
    if detected is None:
        return [Finding("tools", State.SKIPPED, "no repository read")]
    others = [*_suites(detected, patient.env), *_contracts(detected, patient.config)]
    if not detected.python:
        seen = "no Python found" + "".join(f", but {o.language} ({o.manifest})" for o in detected.unchecked)
        fix = "name the tests in [[verify.test]], or commands in [verify] fast and pr"
        return others or [Finding("tools", State.WARN, seen, fix)]
    runner = (detected.test_runner,) if detected.test_runner else ()
    named = patient.config.verify.requirements
    found = [judge_tool(tool, detected, named=named) for tool in (*runner, *detected.tools)]
    if not runner:
        found.append(
            Finding("tests", State.WARN, "no tests found", "nothing can prove a change here but lint")
        )
    return [
        *found,
        *others,
        *(Finding("settings", State.WARN, note, "mend it, or ignore it") for note in detected.notes),
    ]


def _contracts(detected: Detected, config: Config) -> list[Finding]:
    """Descriptions of a service that nothing which runs is held against."""
    held = {path for one in config.verify.services for path in (one.openapi, one.asyncapi)}
    left = [path for path in detected.contracts if path not in held]
    if not left:
        return []
    seen = f"no running service is held against {', '.join(left[:5])}"
    return [Finding("contracts", State.SKIPPED, seen, "name the service in [[verify.service]]")]


def _suites(detected: Detected, env: Mapping[str, str]) -> list[Finding]:
    """What checks a project in another language, and whether its program is here."""
    tools = toolchain_of(languages_of([one.manifest for one in detected.others]), env)
    found = []
    for one in detected.suites:
        program = one.program
        if one.problem:
            found.append(Finding(one.name, State.WARN, one.problem, "docs/how-to/verify-other-languages.md"))
        elif program in tools.programs:
            found.append(Finding(one.name, State.OK, f"{one.told} ({tools.programs[program]})"))
        else:
            fix = f"install {program}, so that it is on the PATH"
            found.append(Finding(one.name, State.WARN, f"{program} is not on this machine", fix))
    for language, problem in tools.problems.items():
        found.append(Finding(language, State.WARN, problem, "make it readable: chmod -R o+rX"))
    return found


def judge_tool(tool: Tool, detected: Detected, *, named: Sequence[str] = ()) -> Finding:
    """A tool is fine when it comes with Python or with windlass, or is among what is installed for the
    checks: what the project lists, or `named`, the owner's requirements, in its stead.
    """
    program = tool.name.split()[0]
    origin = f" (set up in {tool.config})" if tool.config else ""
    if tool.name not in (*RUNNERS, *JUDGED):
        seen = f"used by the project{origin}, and not run by windlass"
        return Finding(tool.name, State.SKIPPED, seen, f"name it in [verify] fast: {REPLACES}")
    if program == "unittest":
        return Finding(tool.name, State.OK, "comes with Python")
    if program == "ruff":
        return Finding(tool.name, State.OK, f"comes with windlass{origin}")
    listed = _names(named) if named else detected.listed
    if program == "pytest" or listed & {program, f"based{program}"}:
        return Finding(tool.name, State.OK, f"is installed for the checks{origin}")
    place = "[verify] requirements" if named else "the project's test requirements, or [verify] requirements"
    fix = f'add "{program}" to {place}'
    return Finding(tool.name, State.WARN, f"not run: used by the project{origin}, and not listed", fix)


def _names(requirements: Sequence[str]) -> frozenset[str]:
    found = (re.match(r"\s*([A-Za-z0-9][\w.-]*)", line) for line in requirements)
    return frozenset(match[1].lower() for match in found if match)


CHECKS: tuple[tuple[str, Callable[[Patient], list[Finding]]], ...] = (
    ("python", _python),
    ("git", _git),
    ("sandbox", _sandbox),
    ("data home", _home),
    ("disk", _disk),
    ("sqlite", _sqlite),
    ("database", _database),
    ("repository", _repository),
    ("forge", _forge),
    ("runners", _runners),
    ("tools", _tools),
)
